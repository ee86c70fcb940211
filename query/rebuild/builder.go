package rebuild

import (
	"fmt"
	"iter"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/schema/charset"
)

// Timeline returns the timeline of the events of one session, which must come in
// the order of their seq. Exact repeats are ignored. No event is kept.
func Timeline(events iter.Seq2[query.Event, error]) (*query.Timeline, error) {
	b := NewBuilder()
	if err := b.addAll(events); err != nil {
		return nil, err
	}
	return b.Timeline(), nil
}

func (b *Builder) addAll(events iter.Seq2[query.Event, error]) error {
	for e, err := range events {
		if err != nil {
			return fmt.Errorf("reading events: %w", err)
		}
		if err := b.Add(e); err != nil {
			return err
		}
	}
	return nil
}

// Builder rebuilds one session from its events as they come. It keeps what a
// timeline shows and what pairing needs, never a payload. Not for concurrent use.
type Builder struct {
	id      uuid.UUID
	session query.Session

	// message is the one on its way, empty between two calls of Add. It is a field so that
	// an event allocates nothing but what is kept of it.
	message message

	// The stages, in the order in which an event goes through them.
	chain      chain
	pairing    pairing
	reader     reader
	operations operations
	catalogue  *Catalogue
	facts      facts
}

// NewBuilder returns a builder without events.
func NewBuilder() *Builder {
	return &Builder{pairing: newPairing(), reader: newReader(), operations: newOperations(), catalogue: newCatalogue()}
}

// Add takes the next event. It fails only where the caller breaks the order or
// mixes sessions; after that the builder is as before.
func (b *Builder) Add(e query.Event) error {
	switch {
	case b.session.Events > 0 && e.SessionID != b.id:
		return fmt.Errorf("adding event %d of session %s to session %s", e.Seq, e.SessionID, b.id)
	// Equal is allowed: two events may claim one number, which is a finding and no fault of
	// the caller.
	case b.session.Events > 0 && e.Seq < b.chain.last:
		return fmt.Errorf("adding event %d after event %d", e.Seq, b.chain.last)
	}
	m := &b.message
	*m = message{Event: e, flags: e.Flags &^ judged}
	defer func() { *m = message{} }() // keeps no payload
	if repeat := b.chain.add(m); repeat {
		return nil
	}
	if e.Charset != "" { // what is read of a payload is its text
		decoded := *e.Event
		decoded.Payload = charset.Text(e.Charset, e.Payload)
		m.Event.Event = &decoded
	}
	b.id = e.SessionID
	note(&b.session, e.Event)

	// The order of the stages is what message documents. pairing comes twice: it places a
	// message by what came before, and only at the end may the message itself be found.
	b.pairing.place(m)
	b.reader.read(m)
	b.operations.take(m)
	b.catalogue.observe(m)
	b.facts.take(m)
	b.pairing.record(m)
	return nil
}
