package journal

import (
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/redact"
	"github.com/mcptrail/mcptrail/collector/sealer"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/seal"
)

// Config is whose record is made.
type Config struct {
	Tenant, CollectorID string
	// Epoch names this run of the collector.
	Epoch uuid.UUID
	// Clock is schema.ClockHost, or where else times come from.
	Clock schema.Clock
	// AllControl marks every record as control: the next stage keeps capacity for all.
	AllControl bool
	// Sealer seals the epoch; nil leaves the record unsealed.
	Sealer *sealer.Sealer
	// Now is the time of seals.
	Now func() time.Time
}

// Journal makes the records of one epoch. Make it with New.
type Journal struct {
	config  Config
	stats   *Stats
	cleaner *Cleaner
	// seq is the next number of the epoch.
	seq uint64
	// own is the session of what the collector states about itself; nil without one.
	own *Session

	// clockBase ties the wall clock to the monotonic one, to notice a step.
	clockBase time.Time
	// made is what Take returns next.
	made Batch
	// chunk is the free rest of the memory that the values of made share.
	chunk []byte
	// scratch is the draft under way.
	scratch schema.Event
}

// New builds a Journal that stores what the redactor's policy allows.
func New(config Config, redactor *redact.Redactor, stats *Stats) *Journal {
	return &Journal{config: config, stats: stats, cleaner: newCleaner(redactor)}
}

// Cleaner cleans by the policy in force.
func (j *Journal) Cleaner() *Cleaner { return j.cleaner }

// Adopt puts another policy in force for all that is recorded from now on.
func (j *Journal) Adopt(redactor *redact.Redactor) { j.cleaner.adopt(redactor) }

// Draft starts an event of a session with everything that does not depend on a message.
// It is valid until the next draft.
func (j *Journal) Draft(s *Session, kind schema.Kind, at time.Time) *schema.Event {
	e := &j.scratch
	*e = schema.Event{
		Version: schema.Version, Tenant: j.config.Tenant, CollectorID: j.config.CollectorID, Epoch: j.config.Epoch,
		SessionID: s.ID, Basis: s.Basis,
		Time: max(0, at.UnixNano()), Mono: int64(at.Sub(s.began)), Clock: j.clock(at),
		Kind: kind, Transport: s.Transport, Upstream: s.Upstream,
		ClientName: s.clientName, ClientVersion: s.clientVersion,
		ServerName: s.serverName, ServerVersion: s.serverVersion, ProtocolVersion: s.protocol,
	}
	return e
}

// clock detects that wall and monotonic time differ by more than a second from before: the
// clock was set.
func (j *Journal) clock(at time.Time) schema.Clock {
	if j.config.Clock != schema.ClockHost {
		return j.config.Clock
	}
	if j.clockBase.IsZero() {
		j.clockBase = at
	}
	drift := at.Round(0).Sub(j.clockBase.Round(0)) - at.Sub(j.clockBase)
	if drift.Abs() > time.Second {
		j.clockBase = at
		return schema.ClockStepped
	}
	return schema.ClockHost
}

// Record cleans a draft, numbers it, chains it to the event before and encodes it. It
// returns the event's number in its session, 0 where the policy excludes it.
func (j *Journal) Record(s *Session, e *schema.Event) uint64 { return j.record(s, e, Subject{}) }

func (j *Journal) record(s *Session, e *schema.Event, about Subject) uint64 {
	if j.excludes(s, e, about) {
		return 0
	}
	j.cleaner.event(s, e, about)
	e.Trim()
	e.Seq, e.Prev = s.seq, s.prev
	s.prev = j.number(s, e)
	s.seq++
	return e.Seq
}

// number gives a cleaned event the next number of the epoch, encodes it and has it
// sealed. It returns the leaf, which is computed here and nowhere else.
func (j *Journal) number(s *Session, e *schema.Event) schema.Hash {
	e.CollectorSeq = j.seq
	j.seq++
	value := j.encode(e)
	leaf := schema.LeafHash(value)
	j.stats.Recorded.Add(1)
	from := origin{session: s}
	if e.Kind == schema.KindGap {
		from = origin{messages: e.Gap.Count, bytes: e.Gap.Bytes, placeholder: s.placeholder}
	}
	j.made.add(durable.Record{Session: e.SessionID, Seq: e.Seq, CollectorSeq: e.CollectorSeq, Size: e.Size,
		Control: j.config.AllControl || isControl(e.Kind), Own: s == j.own, Leaf: leaf, Value: value}, from)
	if j.config.Sealer != nil &&
		j.config.Sealer.Add(seal.Head{Session: e.SessionID, Seq: e.Seq, Hash: leaf, Closed: e.Kind == schema.KindClose}, j.config.Now()) {
		j.Seal(false)
	}
	return leaf
}

// isControl reports what a timeline cannot do without.
func isControl(k schema.Kind) bool {
	return k == schema.KindOpen || k == schema.KindClose || k == schema.KindGap || k == schema.KindCollector
}

// chunkBytes is how much memory values take at once. They live as long as their batch.
const chunkBytes = 32 << 10

// encode returns the canonical bytes of an event.
func (j *Journal) encode(e *schema.Event) []byte {
	need := 1024 + len(e.Payload)
	if need > chunkBytes {
		return e.Append(make([]byte, 0, need))
	}
	if cap(j.chunk) < need {
		j.chunk = make([]byte, 0, chunkBytes)
	}
	value := e.Append(j.chunk)
	n := len(value)
	if n <= cap(j.chunk) { // else append has moved it to an array of its own
		j.chunk = j.chunk[n:n]
	}
	return value[:n:n]
}

// SealDue reports whether it is time for a seal.
func (j *Journal) SealDue(now time.Time) bool {
	return j.config.Sealer != nil && j.config.Sealer.Due(now)
}

// Seal makes a seal over all that was recorded since the last one. Nothing is recorded
// after the final one.
func (j *Journal) Seal(final bool) {
	if j.config.Sealer == nil {
		return
	}
	made, err := j.config.Sealer.Seal(j.config.Now(), final)
	if err != nil {
		panic("sealing events of our own: " + err.Error())
	}
	j.stats.Sealed.Add(1)
	j.made.add(durable.Record{Session: j.config.Epoch, CollectorSeq: j.config.Sealer.End(), Control: true, Own: true, Seal: true, Value: made.Append(nil)}, origin{})
}
