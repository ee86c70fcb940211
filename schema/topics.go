package schema

// Topics of the record. Events and seals are keyed by session id and collector
// id, so that what must stay in order shares a partition.
const (
	TopicEvents   = "mcptrail.events"
	TopicSeals    = "mcptrail.seals"
	TopicRejected = "mcptrail.rejected"
)

// MaxMessageBytes is what a topic must accept as one record: the largest event
// (see [MaxEncoded]) with room for Kafka's own framing.
const MaxMessageBytes = MaxEncoded + 64<<10
