package rebuild

import (
	"cmp"
	"slices"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/jsonpath"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/jsonrpc"
)

// request begins an operation, or the next round of one that waits for it.
func (b *Builder) request(e *schema.Event, leaf schema.Hash, extra []string) *round {
	op := b.resumed(e)
	if op == nil {
		op = newOperation(e, leaf, extra)
		op.parent = b.cause(e)
		if e.Direction == schema.ClientToServer {
			op.held = b.catalogue.held(e.Method, e.Target, op.started)
			op.firstPage = op.lists() && jsonpath.Get(e.Payload, "params/cursor") == nil
		}
		op.arguments, op.mode = argumentsOf(e), modeOf(e)
		b.operations = append(b.operations, op)
	}
	r := op.ask(e, extra)
	b.respond(op, e)
	b.pairs.Add(jsonrpc.Request{
		Seq: uint64(len(b.rounds)), Mono: e.Mono, Direction: e.Direction, Exchange: e.Exchange,
		ID: e.RPCID, Method: e.Method, Target: e.Target,
	})
	b.rounds = append(b.rounds, r)
	b.byID[idKey{e.Direction, e.RPCID}] = r
	if token := e.ProgressToken; token != "" {
		b.byToken[tokenKey{e.Direction, 0, token}] = r
		b.byToken[tokenKey{e.Direction, e.Exchange, token}] = r
	}
	if e.Exchange != 0 && e.Direction == schema.ClientToServer {
		x := b.exchange(e.Exchange)
		x.asked = append(x.asked, r)
	}
	return r
}

func (b *Builder) exchange(number uint64) *exchange {
	x := b.exchanges[number]
	if x == nil {
		x = &exchange{}
		b.exchanges[number] = x
	}
	return x
}

// resumed returns the operation that a request goes on with, nil for none: the one
// whose answer asked for exactly the state that the request echoes. Servers choose
// states and may choose the same twice, so two candidates are none.
func (b *Builder) resumed(e *schema.Event) *operation {
	if e.RequestState == (schema.Hash{}) {
		return b.resumedByInput(e)
	}
	var all, waiting []*operation
	for _, op := range b.waiting[e.RequestState] {
		if op.direction != e.Direction || op.method != e.Method || op.target != e.Target {
			continue
		}
		all = append(all, op)
		if op.last().ended == schema.OutcomeInputRequired {
			waiting = append(waiting, op)
		}
	}
	switch {
	case len(waiting) == 1:
		return waiting[0]
	case len(all) == 1: // the same round asked once more
		return all[0]
	}
	return nil
}

// cause returns the operation for which the server asks something, nil where that
// is not certain.
func (b *Builder) cause(e *schema.Event) *operation {
	if t := b.tasks[taskKey{e.Direction, e.TaskID}]; t != nil && query.KindOf(e.Method) == query.KindTask {
		t.polls++
		return t.op
	}
	if e.Direction != schema.ServerToClient || query.KindOf(e.Method) == query.KindPing {
		return nil
	}
	if t := b.tasks[taskKey{schema.ClientToServer, e.TaskID}]; t != nil {
		return t.op // it is asked for on behalf of a task of the client
	}
	if e.Exchange != 0 {
		return only(b.exchanges[e.Exchange])
	}
	if e.Transport != schema.TransportStdio {
		return nil
	}
	var cause *operation
	for _, r := range b.pairs.Open() {
		if r.Direction != schema.ClientToServer || r.Cancelled {
			continue
		}
		if cause != nil {
			return nil
		}
		cause = b.rounds[r.Seq].op
	}
	return cause
}

// only returns the one operation of an exchange, nil where there are more or none.
func only(x *exchange) *operation {
	if x == nil || len(x.asked) != 1 {
		return nil
	}
	return x.asked[0].op
}

// answer gives an answer to its request.
func (b *Builder) answer(e *schema.Event, extra []string) *round {
	if e.RequestSeq != 0 && b.chain.lacks(e.RequestSeq) {
		// Its request was recorded and is gone: another one with its id is not it.
		return b.stray(e)
	}
	request, match := b.pair(e)
	if match == jsonrpc.Unmatched {
		return b.stray(e)
	}
	r := b.rounds[request.Seq]
	if e.Direction == schema.ClientToServer && e.Exchange != 0 {
		b.exchange(e.Exchange).about = r
	}
	switch match {
	case jsonrpc.Again:
		if e.Flags.Has(schema.FlagReplay) {
			r.op.replay(e, extra)
			return r
		}
		extra = append(extra, query.FlagAnsweredAgain)
	case jsonrpc.Mismatched:
		r.op.flags |= schema.FlagIDMismatch
	}
	if request.Cancelled {
		r.op.flags |= schema.FlagLate
	}
	outcome, code := outcomeOf(e)
	r.op.answer(r, e, outcome, code, extra)
	if outcome == schema.OutcomeOK && match != jsonrpc.Again && r.op.lists() && r.op.direction == schema.ClientToServer {
		b.catalogue.answered(e, r.op.method, r.op.firstPage)
	}
	if outcome == schema.OutcomeInputRequired && e.RequestState != (schema.Hash{}) {
		b.wait(e.RequestState, r.op)
	}
	b.tell(r, e, outcome)
	return r
}

// pair finds the request of an answer. Where events are missing, the collector had seen
// more: an answer that is lost leaves its request open, and the next with its id would
// take its place.
func (b *Builder) pair(e *schema.Event) (jsonrpc.Request, jsonrpc.Match) {
	if e.RequestSeq != 0 && len(b.chain.holes) > 0 {
		i, found := b.roundAt(e.RequestSeq)
		if found && b.rounds[i].id == e.RPCID && b.rounds[i].op.direction == e.Direction.Opposite() {
			if request, open := b.pairs.Take(uint64(i)); open {
				return request, jsonrpc.Exact
			}
		}
	}
	return b.pairs.Answer(e.Direction, e.Exchange, e.RPCID)
}

// stray lists an answer as unpaired.
func (b *Builder) stray(e *schema.Event) *round {
	if e.RequestSeq != 0 && e.RequestSeq < b.start {
		return nil // its request stands on an earlier page
	}
	u := query.Unpaired{Seq: e.Seq, Direction: e.Direction, RPCID: e.RPCID, Reason: query.ReasonNoRequest, HTTPStatus: e.HTTPStatus}
	if len(b.chain.holes) > 0 {
		u.Reason = query.ReasonGap
	}
	b.unpaired = append(b.unpaired, u)
	return nil
}

// wait remembers that an operation goes on with that state. Of the many that a
// server may give one state, the newest are enough to see that it tells nothing.
func (b *Builder) wait(state schema.Hash, op *operation) {
	const most = 8
	ops := b.waiting[state]
	if slices.Contains(ops, op) {
		return
	}
	if len(ops) == most {
		ops = slices.Delete(ops, 0, 1)
	}
	b.waiting[state] = append(ops, op)
}

// outcomeOf reads an answer again where the collector had no request for it and so
// stated no outcome.
func outcomeOf(e *schema.Event) (schema.Outcome, int64) {
	if e.Outcome != "" {
		return e.Outcome, e.ErrorCode
	}
	m, err := jsonrpc.Scan(e.Payload)
	if err != nil || m.Kind != schema.KindAnswer {
		return schema.OutcomeOK, 0
	}
	return m.Outcome(), m.ErrorCode
}

// notification goes to the request it speaks of, or stands alone as a fact.
func (b *Builder) notification(e *schema.Event, extra []string) *round {
	var r *round
	switch e.Method {
	case "notifications/progress":
		r = b.byToken[tokenKey{e.Direction.Opposite(), e.Exchange, e.ProgressToken}]
		if r == nil {
			r = b.byToken[tokenKey{e.Direction.Opposite(), 0, e.ProgressToken}]
		}
	case "notifications/cancelled":
		r = b.cancelled(e)
	case "notifications/tasks/status", "notifications/tasks":
		if r = b.taskNotified(e); r == nil && e.TaskID != "" {
			b.fact(e, extra) // until the answer comes that creates the task
			return nil
		}
	default:
		if e.Direction == schema.ServerToClient {
			b.catalogue.changed(e.Method)
		}
		r = b.subscribed(e)
	}
	if r == nil && e.Direction == schema.ServerToClient {
		if x := b.exchanges[e.Exchange]; only(x) != nil {
			r = x.asked[0]
		}
	}
	if r == nil {
		b.fact(e, extra)
		return nil
	}
	r.op.notify(e, extra)
	return r
}

// cancelled returns the request that a cancellation calls off; one that comes
// after the answer is only attached.
func (b *Builder) cancelled(e *schema.Event) *round {
	m, err := jsonrpc.Scan(e.Payload)
	r := b.byID[idKey{e.Direction, m.CancelledID}]
	if err != nil {
		r = b.asked(e.RequestSeq) // no body was stored, the collector had seen it
	}
	if r == nil {
		return nil
	}
	if request, ok := b.pairs.Cancel(e.Direction, r.id); ok {
		r = b.rounds[request.Seq]
		r.end(schema.OutcomeCancelled, e.Mono)
	}
	if e.Direction == schema.ClientToServer && e.Exchange != 0 {
		b.exchange(e.Exchange).about = r
	}
	return r
}

// asked returns the request with that seq, nil for none and for 0, which names none.
func (b *Builder) asked(seq uint64) *round {
	i, found := b.roundAt(seq)
	if !found || seq == 0 {
		return nil
	}
	return b.rounds[i]
}

func (b *Builder) roundAt(seq uint64) (int, bool) {
	return slices.BinarySearchFunc(b.rounds, seq, func(r *round, seq uint64) int { return cmp.Compare(r.seq, seq) })
}

// subscribed returns the subscription that a notification names by the id of its
// request. A key's value has lost the type of that id.
func (b *Builder) subscribed(e *schema.Event) *round {
	for _, k := range e.Keys {
		if k.Name != "io.modelcontextprotocol/subscriptionId" {
			continue
		}
		for _, kind := range []string{"n:", "s:"} {
			r := b.byID[idKey{e.Direction.Opposite(), kind + k.Value}]
			if r != nil && r.op.method == "subscriptions/listen" {
				return r
			}
		}
	}
	return nil
}
