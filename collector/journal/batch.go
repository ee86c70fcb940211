package journal

import (
	"slices"

	"github.com/mcptrail/mcptrail/collector/durable"
)

// Batch are records in the order in which they were made.
type Batch struct {
	Records []durable.Record
	// origins of the records, by index.
	origins []origin
}

// origin is what must be known of a record if the next stage refuses it.
type origin struct {
	// session in which a gap stands for the record, which may be closed by then. Nil for what
	// no gap can stand for: a seal, and a gap, which would take its count with it. These are
	// handed on unchanged, later.
	session *Session
	// messages that the record, a gap, names, and their bytes.
	messages, bytes uint64
	// placeholder marks a gap in the place of an event that was lost. Who asked for it asks
	// again until it is durable, so a refused one is only named by its number of the epoch.
	placeholder bool
}

// Deferred is a record that the next stage refused: an event that becomes a gap, without
// its value, or a record that is handed on later.
type Deferred struct {
	record durable.Record
	origin
}

// Kept reports whether the record is handed on as it is.
func (d *Deferred) Kept() bool { return d.session == nil && !d.placeholder }

func (b *Batch) add(r durable.Record, o origin) {
	b.Records, b.origins = append(b.Records, r), append(b.origins, o)
}

// Defer returns what is left of a refused record.
func (b *Batch) Defer(i int) Deferred {
	d := Deferred{b.Records[i], b.origins[i]}
	if !d.Kept() {
		d.record.Value = nil
	} else {
		d.record.Value = slices.Clone(d.record.Value) // without the others of its chunk
	}
	return d
}

// Named is how many messages record i names as lost, and their bytes.
func (b *Batch) Named(i int) (messages, bytes uint64) {
	return b.origins[i].messages, b.origins[i].bytes
}

// Take returns what was made since the last call.
func (j *Journal) Take() Batch {
	made := j.made
	j.made = Batch{make([]durable.Record, 0, len(made.Records)), make([]origin, 0, len(made.origins))}
	return made
}

// Pending is the number of records that Take would return.
func (j *Journal) Pending() int { return len(j.made.Records) }
