package rebuild

import (
	"fmt"
	"slices"
	"time"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/definition"
)

// operation collects one operation while its events come.
type operation struct {
	method, target string
	direction      schema.Direction
	started        time.Time
	// id is the suffix that makes the operation unique in its session.
	id string
	// parent caused it, nil where that is not certain.
	parent *operation
	rounds []*round

	// Seqs of its messages; those of its requests are in rounds.
	answers, notifications, facts, replays []uint64

	flags schema.Flag
	words []string
	cuts  query.Cuts

	// granted scopes of its first request, required ones of the challenge to it.
	granted, required []string
	challenged        bool

	keys []schema.Key
	// held is nil where it needs no definition.
	held *held
	// firstPage says that it requests a list from its beginning.
	firstPage bool

	// arguments is their content address, mode how it elicits; empty for others.
	arguments, mode string
	// task that it became, nil for none.
	task   *task
	inputs inputRequests
	// status of its last HTTP answer, 0 for none.
	status uint16
}

// newOperation begins an operation with its first request.
func newOperation(m *message) *operation {
	op := &operation{
		method: m.Method, target: m.Target, direction: m.Direction, started: wall(m.Event.Event), id: fmt.Sprint(m.Seq),
		parent: m.parent, granted: slices.Clone(m.Scopes), keys: m.Keys,
		firstPage: m.firstPage, arguments: m.arguments, mode: m.mode,
	}
	if m.equivocal() { // another operation may have begun with this seq
		op.id += fmt.Sprintf("~%x", m.Leaf[:4])
	}
	if m.task != nil {
		m.task.polls++
	}
	return op
}

// begin adds the round of a request.
func (op *operation) begin(m *message) *round {
	r := &round{op: op, seq: m.Seq, mono: m.Mono, exchange: m.Exchange, id: m.RPCID}
	op.rounds = append(op.rounds, r)
	return r
}

// add lists a message in its role.
func (op *operation) add(m *message) {
	op.flags |= m.flags
	for _, word := range m.words {
		if !slices.Contains(op.words, word) {
			op.words = append(op.words, word)
		}
	}
	switch m.role {
	case roleReplay:
		op.replays = append(op.replays, m.Seq)
		return // what was redacted in it counts once
	case roleAnswer:
		op.answers = append(op.answers, m.Seq)
		// A status of 0 means that none was seen and keeps the one before.
		op.status = last(op.status, m.HTTPStatus)
	case roleNotification:
		op.notifications = append(op.notifications, m.Seq)
	case roleExchange, roleReply:
		op.facts = append(op.facts, m.Seq)
		// The status of a client's reply says nothing about its request.
		if m.role == roleExchange || op.direction != schema.ClientToServer {
			op.status = last(op.status, m.HTTPStatus)
		}
		if m.role == roleExchange && m.Kind == schema.KindAuth {
			op.challenged, op.required = true, slices.Clone(m.Scopes)
		}
	}
	op.cuts.Add(m.Redactions)
}

// last is the newest round. There is always one: an operation begins with a request.
func (op *operation) last() *round { return op.rounds[len(op.rounds)-1] }

// lists reports whether its answer holds definitions.
func (op *operation) lists() bool { return definition.KindOf(op.method) != "" }

// wall is the collector's clock; durations use its monotonic one instead.
func wall(e *schema.Event) time.Time { return time.Unix(0, e.Time).UTC() }
