package rebuild

import (
	"encoding/json"
	"slices"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/schema"
)

// httpFact gives what the collector states about an HTTP exchange to the requests
// of that exchange, and ends those that it ends.
func (b *Builder) httpFact(e *schema.Event, extra []string) *round {
	x := b.exchanges[e.Exchange]
	if x == nil {
		b.fact(e, extra)
		return nil
	}
	if len(x.asked) == 0 {
		op := x.about.op
		status := op.status
		op.state(e, extra)
		if op.direction == schema.ClientToServer {
			op.status = status // the exchange called it off, its answer is in another
		}
		return x.about
	}
	outcome := endOf(e)
	for _, r := range x.asked {
		r.op.state(e, extra)
		if r.end(outcome, e.Mono) && refused(outcome) {
			// Nothing will answer it, and a client that tries again may use its id.
			b.pairs.Answer(r.op.direction.Opposite(), r.exchange, r.id)
		}
		if e.Kind == schema.KindAuth {
			r.op.challenged = true
			r.op.required = slices.Clone(e.Scopes)
		}
	}
	return x.asked[0]
}

// refused reports whether HTTP itself answered in place of JSON-RPC.
func refused(o schema.Outcome) bool {
	return o == schema.OutcomeUnauthorized || o == schema.OutcomeForbidden || o == schema.OutcomeHTTPError
}

func endOf(e *schema.Event) schema.Outcome {
	if e.Outcome != "" || e.Kind != schema.KindAuth {
		return e.Outcome
	}
	if e.HTTPStatus == 403 {
		return schema.OutcomeForbidden
	}
	return schema.OutcomeUnauthorized
}

// close ends what still waits. A server process that exits, or that a client takes
// leave of, will answer nothing more.
func (b *Builder) close(e *schema.Event) {
	b.closed = true
	b.leftOut = append(b.leftOut, leftOut(e)...)
	outcome := e.Outcome
	if outcome == "" {
		switch detail(e) {
		case "exit":
			outcome = schema.OutcomeServerDisconnect
		case "deleted":
			outcome = schema.OutcomeClientDisconnect
		default:
			outcome = schema.OutcomeUnanswered
		}
	}
	for _, request := range b.pairs.Open() {
		if request.Direction == schema.ClientToServer {
			b.rounds[request.Seq].end(outcome, e.Mono)
		}
	}
}

// fact is a run of events as the timeline shows it.
type fact struct {
	query.Fact
	// task that a notification refers to.
	task taskKey
}

// fact adds an event that belongs to no operation, to the run before it where it is
// alike in everything that a fact shows.
func (b *Builder) fact(e *schema.Event, extra []string) {
	f := fact{Fact: query.Fact{
		Seq: e.Seq, Seqs: []uint64{e.Seq}, Kind: e.Kind, Direction: e.Direction, Method: e.Method, Target: e.Target,
		Detail: detail(e), Outcome: e.Outcome, HTTPStatus: e.HTTPStatus, Time: wall(e),
		Flags: append((e.Flags &^ judged).Names(), extra...),
	}, task: taskKey{e.Direction.Opposite(), e.TaskID}}
	f.Redactions.Add(e.Redactions)
	if n := len(b.facts); n > 0 && b.facts[n-1].continues(&f) {
		b.facts[n-1].Seqs = append(b.facts[n-1].Seqs, e.Seq)
		if len(e.Redactions) > 0 {
			sum := slices.Clone(b.facts[n-1].Redactions) // a timeline that was given stays as it is
			sum.Add(e.Redactions)
			b.facts[n-1].Redactions = sum
		}
		return
	}
	b.facts = append(b.facts, f)
}

// continues reports whether next belongs to the run of f.
func (f *fact) continues(next *fact) bool {
	return f.Seqs[len(f.Seqs)-1]+1 == next.Seq && f.Kind == next.Kind && f.Direction == next.Direction &&
		f.Method == next.Method && f.Target == next.Target && f.Detail == next.Detail && f.Outcome == next.Outcome &&
		f.HTTPStatus == next.HTTPStatus && f.task == next.task && slices.Equal(f.Flags, next.Flags)
}

// challenges are the words of RFC 6750. A challenge comes from a peer, so any other
// word of it is text.
var challenges = map[string]bool{"invalid_request": true, "invalid_token": true, "insufficient_scope": true}

// detail returns the collector's own word for what happened, empty for none.
func detail(e *schema.Event) string {
	if e.Direction != "" {
		return "" // the payload is a body that a peer wrote
	}
	var said struct{ What, Reason, Error string }
	switch e.Kind {
	case schema.KindHTTP, schema.KindAuth, schema.KindClose, schema.KindCollector:
		if json.Unmarshal(e.Payload, &said) != nil {
			return ""
		}
	}
	switch {
	case e.Kind == schema.KindHTTP, e.Kind == schema.KindCollector:
		return said.What
	case e.Kind == schema.KindClose:
		return said.Reason
	case challenges[said.Error]:
		return said.Error
	}
	return ""
}
