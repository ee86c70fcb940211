package rebuild

import (
	"cmp"
	"fmt"
	"iter"
	"slices"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/jsonrpc"
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
	session query.Session
	id      uuid.UUID
	closed  bool
	chain   chain

	operations []*operation
	facts      []fact
	unpaired   []query.Unpaired
	leftOut    []query.LeftOut

	// pairs knows the requests by their place in rounds, not by their seq: two
	// events can claim one seq.
	pairs  jsonrpc.Pairs
	rounds []*round

	// newest request by what names it.
	byID    map[idKey]*round
	byToken map[tokenKey]*round
	// exchanges by number, stdio has none.
	exchanges map[uint64]*exchange
	// crossed messages by the server-sent event that carried them.
	crossed map[sseKey]crossing
	// waiting operations by the state their last answer asked to have echoed.
	waiting map[schema.Hash][]*operation

	// asking are operations whose last answer asked for input, or for a visit to a
	// web page, without a state that would name them; newest last.
	asking []*operation
	tasks  map[taskKey]*task

	// catalogue is what the client knows of the server's offers.
	catalogue *Catalogue
	// partial says that events were left out on purpose.
	partial bool
	// start is the first seq that is given; what lies before it was left out.
	start uint64
}

type idKey struct {
	direction schema.Direction
	id        string
}

// tokenKey finds a request by its progress token, with the exchange that carried
// it or with 0 for any.
type tokenKey struct {
	direction schema.Direction
	exchange  uint64
	token     string
}

// exchange is one HTTP exchange.
type exchange struct {
	// asked are the client's requests in it, several in a batch.
	asked []*round
	// about is the request that the client answered or called off in it.
	about *round
}

// sseKey has the message's id because one server-sent event can carry a batch.
type sseKey struct {
	event schema.Hash
	id    string
}

type crossing struct {
	exchange uint64
	// round that the message belongs to, nil for none.
	round *round
}

// NewBuilder returns a builder that has seen nothing.
func NewBuilder() *Builder {
	return &Builder{
		byID:      map[idKey]*round{},
		byToken:   map[tokenKey]*round{},
		exchanges: map[uint64]*exchange{},
		crossed:   map[sseKey]crossing{},
		waiting:   map[schema.Hash][]*operation{},
		tasks:     map[taskKey]*task{},
		catalogue: newCatalogue(),
	}
}

// Add takes the next event. It fails only where the caller breaks the order or
// mixes sessions; after that the builder is as before.
func (b *Builder) Add(e query.Event) error {
	switch {
	case b.session.Events > 0 && e.SessionID != b.id:
		return fmt.Errorf("adding event %d of session %s to session %s", e.Seq, e.SessionID, b.id)
	case b.session.Events > 0 && e.Seq < b.chain.last:
		return fmt.Errorf("adding event %d after event %d", e.Seq, b.chain.last)
	}
	last := b.chain.last
	repeat, equivocal := b.chain.add(e)
	if repeat {
		return nil
	}
	if e.Seq > last+1 && b.session.Events > 0 && !b.partial || e.Gap != nil {
		b.catalogue.lost()
	}
	b.id = e.SessionID
	note(&b.session, e.Event)

	var extra []string
	if equivocal {
		extra = append(extra, query.FlagEquivocation)
	}
	round := b.place(e.Event, e.Leaf, extra)
	if key := (sseKey{e.SSEID, e.RPCID}); e.SSEID != (schema.Hash{}) {
		if _, known := b.crossed[key]; !known {
			b.crossed[key] = crossing{e.Exchange, round}
		}
	}
	return nil
}

// place gives an event its place in the timeline and returns the round it belongs
// to, nil for none.
func (b *Builder) place(e *schema.Event, leaf schema.Hash, extra []string) *round {
	if original, known := b.original(e); known {
		again := *e
		again.Flags |= schema.FlagReplay
		if original == nil {
			b.fact(&again, extra)
		} else {
			original.op.replay(&again, extra)
		}
		return original
	}
	switch e.Kind {
	case schema.KindRequest:
		return b.request(e, leaf, extra)
	case schema.KindAnswer:
		return b.answer(e, extra)
	case schema.KindNotification:
		return b.notification(e, extra)
	case schema.KindHTTP, schema.KindAuth:
		return b.httpFact(e, extra)
	case schema.KindGap:
		return nil
	case schema.KindClose:
		b.close(e)
	}
	b.fact(e, extra)
	return nil
}

// original reports whether e repeats a message that is in this record, and which
// round that belongs to, nil for none. A replay whose original was lost repeats
// nothing here. The elements of one batch share a server-sent event.
func (b *Builder) original(e *schema.Event) (*round, bool) {
	replay := e.Flags.Has(schema.FlagReplay)
	if e.SSEID != (schema.Hash{}) {
		first, seen := b.crossed[sseKey{e.SSEID, e.RPCID}]
		sibling := e.Flags.Has(schema.FlagBatch) && first.exchange == e.Exchange && !replay
		if seen && !sibling {
			return first.round, true
		}
	}
	if replay && e.Kind == schema.KindRequest {
		r := b.byID[idKey{e.Direction, e.RPCID}]
		return r, r != nil && r.op.method == e.Method
	}
	return nil, false
}

// Timeline returns what the events so far tell. The builder can go on.
func (b *Builder) Timeline() *query.Timeline {
	t := &query.Timeline{
		Session:    b.session,
		Operations: make([]query.Operation, 0, len(b.operations)),
		Facts:      []query.Fact{},
		Unpaired:   append([]query.Unpaired{}, b.unpaired...),
		LeftOut:    append([]query.LeftOut{}, b.leftOut...),
	}
	early := b.settleFacts(t)
	for _, op := range b.operations {
		o := op.operation(b.id)
		if seqs := early[op]; len(seqs) > 0 {
			o.NotificationSeqs = append(seqs, o.NotificationSeqs...)
		}
		if query.Failed(o.Outcome) {
			t.Session.Errors++
		}
		t.Operations = append(t.Operations, o)
		t.Operations = append(t.Operations, op.embeddedOperations(b.id)...)
	}
	slices.SortStableFunc(t.Operations, func(a, b query.Operation) int { return cmp.Compare(a.Seq, b.Seq) })
	MarkRetries(t.Operations)
	t.Gaps, t.Integrity = b.chain.state()
	t.Session.Operations = uint64(len(t.Operations))
	t.Session.Gaps = uint64(len(t.Gaps))
	t.Session.Complete = b.closed && len(t.Gaps) == 0
	return t
}
