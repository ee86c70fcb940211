package rebuild

import "github.com/mcptrail/mcptrail/schema"

// operations are those of a session, in the order of their first requests.
type operations struct {
	all       []*operation
	suspended suspended
}

func newOperations() operations { return operations{suspended: newSuspended()} }

// take gives a message to the operations of its rounds. A request begins an operation,
// or the next round of one that is suspended.
func (o *operations) take(m *message) {
	if m.role == roleRequest {
		op := o.suspended.resumedBy(m)
		if op == nil {
			op = newOperation(m)
			o.all = append(o.all, op)
		}
		// From here on a request has its round, as every other role has.
		m.rounds = []*round{op.begin(m)}
	}
	for _, r := range m.rounds {
		r.op.add(m)
	}
	for _, r := range m.ends {
		r.end(m)
	}
	switch m.role {
	case roleRequest:
		o.requested(m)
	case roleAnswer:
		o.answered(m)
	case roleNotification:
		if m.task != nil {
			m.task.update(m)
		}
	}
}

// requested takes the input that a request brings, for its own operation or for that of
// the task that it updates.
func (o *operations) requested(m *message) {
	op := m.rounds[0].op
	// The input is for the task, not for the request that carries it.
	if op.method == "tasks/update" && op.parent != nil {
		op = op.parent
	}
	op.inputs.answer(m)
}

// answered takes what an answer says besides that it is one: what the server asks for,
// what a person approved, how a task goes on.
func (o *operations) answered(m *message) {
	op := m.rounds[0].op
	if m.outcome == schema.OutcomeInputRequired {
		op.inputs.ask(m)
	}
	o.suspended.record(m)
	if op.parent == nil {
		return
	}
	if op.method == "elicitation/create" && m.outcome == schema.OutcomeOK {
		op.parent.inputs.approve(approval{op: op, seq: m.Seq, action: m.report.action, mode: op.mode})
	}
	if op.parent.task != nil && isTask(op.method) {
		op.parent.task.polled(m)
	}
}
