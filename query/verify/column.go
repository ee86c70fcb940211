package verify

import "github.com/mcptrail/mcptrail/schema"

// changed returns the column whose old value can be found: put in its place, it makes
// the event the one that was sealed. The old value of a column that is the same all
// over a session is that of the event before; of others it is not known.
//
// It tries one column after the other and hashes the event with each, for altered events
// only, of which a sound record has none. Two changed columns are never found. from is nil
// where no event came before.
func changed(e *schema.Event, want schema.Hash, from *schema.Event) string {
	var buf []byte
	restores := func(put func(e, from *schema.Event), from *schema.Event) bool {
		// A flat copy is enough: put replaces whole fields, and the event itself must not change.
		old := *e
		put(&old, from)
		buf = old.Append(buf[:0])
		return schema.LeafHash(buf) == want
	}
	none := new(schema.Event)
	for version := uint8(1); version <= schema.Version; version++ {
		if restores(func(e, _ *schema.Event) { e.Version = version }, none) {
			return "version"
		}
	}
	for _, c := range derived {
		if from != nil && restores(c.put, from) || restores(c.put, none) {
			return c.column
		}
	}
	for _, f := range schema.Fields() {
		if from != nil && restores(f.Copy, from) || restores(f.Copy, none) {
			return f.Column
		}
	}
	return ""
}

// derived are the columns whose old value follows from the event before, or from the
// event itself, without being the same.
var derived = []struct {
	column string
	put    func(e, from *schema.Event)
}{
	{"collector_seq", func(e, from *schema.Event) { e.CollectorSeq = from.CollectorSeq + 1 }},
	{"seq", func(e, from *schema.Event) { e.Seq = from.Seq + 1 }},
	{"prev", func(e, from *schema.Event) { e.Prev = schema.LeafHash(from.Append(nil)) }},
	{"direction", func(e, from *schema.Event) { e.Direction = from.Direction.Opposite() }},
	{"request_seq", func(e, from *schema.Event) { e.RequestSeq = from.Seq }},
	{"size", func(e, _ *schema.Event) { e.Size = uint64(len(e.Payload)) }},
}
