package rebuild

import (
	"cmp"
	"slices"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/jsonrpc"
)

// answer finds the request of an answer, which it ends.
func (p *pairing) answer(m *message) {
	m.role = roleStray
	if m.requestLost {
		return // another request with its id is not its own
	}
	request, match := p.pair(m)
	if match == jsonrpc.Unmatched {
		return
	}
	m.role, m.rounds = roleAnswer, []*round{p.rounds[request.Seq]}
	switch match {
	case jsonrpc.Again:
		m.again = true
		if m.Flags.Has(schema.FlagReplay) {
			m.role = roleReplay
			return
		}
		m.words = append(m.words, query.FlagAnsweredAgain)
	case jsonrpc.Mismatched:
		m.flags |= schema.FlagIDMismatch
	}
	if request.Cancelled {
		m.flags |= schema.FlagLate
	}
	m.ends = m.rounds
}

// pair matches an answer with an open request, or with one that was answered before.
// Where events are missing, the request that the collector named comes first: an answer
// that was lost leaves its request open, and the next answer with that id would close it.
func (p *pairing) pair(m *message) (jsonrpc.Request, jsonrpc.Match) {
	if m.RequestSeq != 0 && m.incomplete {
		// The collector saw both on the wire, but its word is only taken where the id and the
		// direction agree with it: an event is what was recorded, not what was concluded.
		i, found := p.index(m.RequestSeq)
		if found && p.rounds[i].id == m.RPCID && p.rounds[i].op.direction == m.Direction.Opposite() {
			if request, open := p.pairs.Take(uint64(i)); open {
				return request, jsonrpc.Exact
			}
		}
	}
	return p.pairs.Answer(m.Direction, m.Exchange, m.RPCID)
}

// asked returns the request with that seq, nil for none and for 0, which names none.
func (p *pairing) asked(seq uint64) *round {
	i, found := p.index(seq)
	if !found || seq == 0 {
		return nil
	}
	return p.rounds[i]
}

// index finds a request in rounds, which are in the order of their seq. Of two that claim
// one seq it gives the first.
func (p *pairing) index(seq uint64) (int, bool) {
	return slices.BinarySearchFunc(p.rounds, seq, func(r *round, seq uint64) int { return cmp.Compare(r.seq, seq) })
}
