package query

import (
	"iter"

	"github.com/mcptrail/mcptrail/schema"
)

// Event is an event of the record together with its leaf hash. Whoever reads a whole
// row or canonical bytes computes Leaf, once; the rebuild, the verification of the
// chain and the seals all take it from here.
type Event struct {
	*schema.Event
	// Leaf is [schema.LeafHash] of the event's canonical bytes, with its payload. An
	// event that was read without its payload has none that means anything.
	Leaf schema.Hash
}

// Hashed adds the leaf hash to each event of a stream, for sources that have no
// canonical bytes at hand. An error is passed on with an empty Event.
func Hashed(events iter.Seq2[*schema.Event, error]) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		var canonical []byte
		for e, err := range events {
			var hashed Event
			if err == nil {
				canonical = e.Append(canonical[:0])
				hashed = Event{Event: e, Leaf: schema.LeafHash(canonical)}
			}
			if !yield(hashed, err) {
				return
			}
		}
	}
}
