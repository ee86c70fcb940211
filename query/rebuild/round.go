package rebuild

import "github.com/mcptrail/mcptrail/schema"

// round is one request of an operation, and how it ended.
type round struct {
	op   *operation
	seq  uint64
	mono int64
	// exchange is the HTTP exchange that carried it, 0 on stdio; id its typed JSON-RPC id.
	exchange uint64
	id       string
	// ended is empty while nothing has ended it; endMono is then 0.
	ended     schema.Outcome
	errorCode int64
	endMono   int64
}

// end gives a round the outcome of a message, unless something of as much weight has
// ended it already.
func (r *round) end(m *message) {
	if !r.yieldsTo(m.outcome) {
		return
	}
	r.ended, r.endMono = m.outcome, m.Mono
	if m.role == roleAnswer {
		r.errorCode = m.code
	}
}

// yieldsTo reports whether an outcome has more weight than that of the round.
func (r *round) yieldsTo(outcome schema.Outcome) bool { return weight(outcome) > weight(r.ended) }

func (r *round) outcome() schema.Outcome {
	if r.ended == "" {
		return schema.OutcomeUnanswered
	}
	return r.ended
}

// weight orders the ends that one request can have. An answer has the most, whenever it
// arrives; a request that the client cancelled was not cut off; and of two cuts the
// first counts.
func weight(o schema.Outcome) int {
	switch o {
	case "", schema.OutcomeUnanswered:
		return 0
	case schema.OutcomeAccepted:
		return 1
	case schema.OutcomeClientDisconnect, schema.OutcomeServerDisconnect, schema.OutcomeTransportError,
		schema.OutcomeHTTPError, schema.OutcomeUnauthorized, schema.OutcomeForbidden:
		return 2
	case schema.OutcomeCancelled:
		return 3
	}
	return 4
}
