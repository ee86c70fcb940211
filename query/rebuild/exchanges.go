package rebuild

import "github.com/mcptrail/mcptrail/schema"

// exchanges are the HTTP exchanges of a session by their number; stdio has none.
type exchanges map[uint64]*exchange

// exchange is one HTTP exchange: a client's message and what came back for it.
type exchange struct {
	// requests of the client in it, several in a batch.
	requests []*round
	// replied is the request that the client answered or cancelled in it; it counts
	// where there are no requests.
	replied *round
}

// sole returns the one request of an exchange, nil where there are more or none.
func (all exchanges) sole(number uint64) *round {
	if x := all[number]; x != nil && len(x.requests) == 1 {
		return x.requests[0]
	}
	return nil
}

// record takes what a client sent in an exchange: a request, or a reply to one. A message
// that is in the record already is neither.
func (all exchanges) record(m *message) {
	reply := m.Kind == schema.KindAnswer || m.Kind == schema.KindNotification && m.Method == "notifications/cancelled"
	if m.Direction != schema.ClientToServer || m.Exchange == 0 || len(m.rounds) == 0 || m.role != roleRequest && !reply || m.role == roleReplay && !m.again {
		return
	}
	x := all[m.Exchange]
	if x == nil {
		x = &exchange{}
		all[m.Exchange] = x
	}
	if m.role == roleRequest {
		x.requests = append(x.requests, m.rounds[0])
	} else {
		x.replied = m.rounds[0]
	}
}

// statement finds the rounds that the collector's statement about an HTTP exchange
// belongs to. Where the exchange is over, its requests end.
func (p *pairing) statement(m *message) {
	x := p.exchanges[m.Exchange]
	if x == nil {
		return
	}
	if len(x.requests) == 0 {
		m.role, m.rounds = roleReply, []*round{x.replied}
		return
	}
	m.role, m.rounds, m.ends, m.outcome = roleExchange, x.requests, x.requests, exchangeOutcome(m)
	if !refused(m.outcome) {
		return
	}
	for _, r := range x.requests {
		if r.yieldsTo(m.outcome) { // no answer follows, and a client that retries may use the id
			p.pairs.Answer(r.op.direction.Opposite(), r.exchange, r.id)
		}
	}
}

// exchangeOutcome is how an HTTP exchange ended, empty where the statement is about
// something else.
func exchangeOutcome(m *message) schema.Outcome {
	switch {
	case m.Outcome != "" || m.Kind != schema.KindAuth:
		return m.Outcome
	case m.HTTPStatus == 403:
		return schema.OutcomeForbidden
	}
	return schema.OutcomeUnauthorized
}

// refused reports whether HTTP itself answered in place of JSON-RPC.
func refused(o schema.Outcome) bool {
	return o == schema.OutcomeUnauthorized || o == schema.OutcomeForbidden || o == schema.OutcomeHTTPError
}
