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

// MaxBlockEvents bounds how many offsets of a partition are stored by one insert: all
// but the last so many are stored without a hole. On a sharded store a crash can
// leave part of the last block.
const MaxBlockEvents = 1 << 16
