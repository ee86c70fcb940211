package rebuild

import (
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/jsonrpc"
)

// pairing finds the rounds that events belong to, by the ids, tokens and exchanges that
// they name. It changes no round and no operation.
type pairing struct {
	// pairs knows the requests by their index in rounds, not by their seq: two
	// events can claim one seq.
	pairs  jsonrpc.Pairs
	rounds []*round
	// newest request by what names it.
	byID    map[idKey]*round
	byToken map[tokenKey]*round

	exchanges exchanges
	replays   replays
	tasks     tasks
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

func newPairing() pairing {
	return pairing{byID: map[idKey]*round{}, byToken: map[tokenKey]*round{}, exchanges: exchanges{}, replays: replays{}, tasks: tasks{}}
}

// place finds the role of a message, its rounds and the rounds that it ends.
func (p *pairing) place(m *message) {
	if original, known := p.replayed(m); known {
		m.role, m.flags = roleReplay, m.flags|schema.FlagReplay
		if original != nil {
			m.rounds = []*round{original}
		}
		return
	}
	switch m.Kind {
	case schema.KindRequest:
		m.role = roleRequest
		m.parent, m.task = p.cause(m)
	case schema.KindAnswer:
		p.answer(m)
	case schema.KindNotification:
		if r := p.notified(m); r != nil {
			m.role, m.rounds = roleNotification, []*round{r}
		}
	case schema.KindHTTP, schema.KindAuth:
		p.statement(m)
	case schema.KindGap:
		m.role = roleGap
	case schema.KindClose:
		m.role, m.ends = roleClose, p.unanswered()
	}
}

// replayed reports whether the message is in this record already, and the round that it
// belongs to there, nil for none.
func (p *pairing) replayed(m *message) (*round, bool) {
	if r, known := p.replays.find(m); known {
		return r, true
	}
	// The collector marked a request that a client sent again over HTTP. It is taken for the
	// one of the same id only if it asks for the same method.
	if m.Flags.Has(schema.FlagReplay) && m.Kind == schema.KindRequest {
		r := p.byID[idKey{m.Direction, m.RPCID}]
		return r, r != nil && r.op.method == m.Method
	}
	return nil, false
}

// unanswered are the requests of the client that wait for an answer, in their order.
func (p *pairing) unanswered() (open []*round) {
	for _, request := range p.pairs.Open() {
		if request.Direction == schema.ClientToServer {
			open = append(open, p.rounds[request.Seq])
		}
	}
	return open
}

// record keeps what later messages may name this one by.
func (p *pairing) record(m *message) {
	switch m.role {
	case roleRequest:
		p.recordRequest(m)
	case roleAnswer:
		p.tasks.record(m)
	}
	p.exchanges.record(m)
	p.replays.record(m)
}

func (p *pairing) recordRequest(m *message) {
	p.pairs.Add(jsonrpc.Request{
		// The index in rounds takes the place of the seq, see the field pairs.
		Seq: uint64(len(p.rounds)), Mono: m.Mono, Direction: m.Direction, Exchange: m.Exchange,
		ID: m.RPCID, Method: m.Method, Target: m.Target,
	})
	r := m.rounds[0]
	p.rounds = append(p.rounds, r)
	p.byID[idKey{m.Direction, m.RPCID}] = r
	if token := m.ProgressToken; token != "" {
		p.byToken[tokenKey{m.Direction, 0, token}] = r
		p.byToken[tokenKey{m.Direction, m.Exchange, token}] = r
	}
}
