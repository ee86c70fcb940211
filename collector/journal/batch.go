package journal

import "github.com/mcptrail/mcptrail/collector/durable"

// Batch are records in the order in which they were made.
type Batch struct {
	Records []durable.Record
	// sessions of the records, by index; nil for a seal. A refused record becomes a gap
	// of its session, which may be closed by then.
	sessions []*Session
}

// Deferred is a record that the next stage refused: an event that becomes a gap, without
// its value, or a seal, which is handed on later.
type Deferred struct {
	record  durable.Record
	session *Session
}

func (b *Batch) add(r durable.Record, s *Session) {
	b.Records, b.sessions = append(b.Records, r), append(b.sessions, s)
}

// Defer returns what is left of a refused record, without the bytes of an event.
func (b *Batch) Defer(i int) Deferred {
	d := Deferred{b.Records[i], b.sessions[i]}
	if !d.record.Seal {
		d.record.Value = nil
	}
	return d
}

// Take returns what was made since the last call.
func (j *Journal) Take() Batch {
	made := j.made
	j.made = Batch{make([]durable.Record, 0, len(made.Records)), make([]*Session, 0, len(made.sessions))}
	return made
}

// Pending is the number of records that Take would return.
func (j *Journal) Pending() int { return len(j.made.Records) }
