package rebuild

import (
	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/jsonpath"
	"github.com/mcptrail/mcptrail/schema"
)

// taskKey names a task: who asked for it and the id that the other side gave it.
type taskKey struct {
	direction schema.Direction
	id        string
}

// task is an operation that goes on after its answer.
type task struct {
	op     *operation
	id     string
	status string
	polls  int
	// outcome of its result, where one was seen.
	outcome   schema.Outcome
	errorCode int64
	// endMono is when its end was first seen, 0 before.
	endMono int64
}

// terminal are the statuses that a task never leaves.
var terminal = map[string]schema.Outcome{
	"completed": schema.OutcomeOK,
	"failed":    schema.OutcomeToolError,
	"cancelled": schema.OutcomeCancelled,
}

// maxTasks bounds the tasks of one session that are followed.
const maxTasks = 10_000

// tell takes what an answer says besides that it is one: of a task, or of what the
// server asks for.
func (b *Builder) tell(r *round, e *schema.Event, outcome schema.Outcome) {
	op := r.op
	switch {
	case outcome == schema.OutcomeTask && op.task == nil && e.TaskID != "" && len(b.tasks) < maxTasks:
		op.task = &task{op: op, id: e.TaskID, status: "working"}
		b.tasks[taskKey{op.direction, e.TaskID}] = op.task
		// It can have been spoken of before it was known.
	case outcome == schema.OutcomeInputRequired:
		op.asks(jsonpath.Get(e.Payload, "result/inputRequests"), e)
		b.ask(op)
	case outcome == schema.OutcomeProtocolError && r.errorCode == urlElicitation:
		b.ask(op)
	}
	if op.method == "elicitation/create" && outcome == schema.OutcomeOK && op.parent != nil {
		op.parent.approve(approval{op: op, seq: e.Seq, action: jsonpath.Text(jsonpath.Get(e.Payload, "result/action")), mode: op.mode})
	}
	if query.KindOf(op.method) != query.KindTask || op.parent == nil || op.parent.task == nil {
		return
	}
	t := op.parent.task
	switch {
	case op.method == "tasks/result":
		if outcome == schema.OutcomeOK || outcome == schema.OutcomeToolError || outcome == schema.OutcomeProtocolError {
			t.end(outcome, r.errorCode, e.Mono)
		}
	case outcome == schema.OutcomeOK:
		t.told(jsonpath.Get(e.Payload, "result"), e)
	}
}

// told takes what a message says of the task: its status, what it asks for, and its
// result.
func (t *task) told(says []byte, e *schema.Event) {
	if status := jsonpath.Text(jsonpath.Get(says, "status")); status != "" && len(status) < 32 && terminal[t.status] == "" {
		t.status = status
	}
	t.op.asks(jsonpath.Get(says, "inputRequests"), e)
	outcome, ended := terminal[t.status]
	if !ended {
		return
	}
	var code int64
	if result := jsonpath.Get(says, "result"); result != nil && string(jsonpath.Get(result, "isError")) == "true" {
		outcome = schema.OutcomeToolError
	}
	if jsonpath.Get(says, "error") != nil {
		outcome, code = schema.OutcomeProtocolError, jsonpath.Integer(jsonpath.Get(says, "error/code"))
	}
	if t.endMono == 0 {
		t.endMono = max(e.Mono, 1)
	}
	// A status alone says less than a result that was seen.
	if t.outcome == "" && (jsonpath.Get(says, "result") != nil || jsonpath.Get(says, "error") != nil) {
		t.outcome, t.errorCode = outcome, code
	}
}

func (t *task) end(outcome schema.Outcome, code, mono int64) {
	t.outcome, t.errorCode = outcome, code
	if terminal[t.status] == "" {
		t.status = "completed"
	}
	if t.endMono == 0 {
		t.endMono = max(mono, 1)
	}
}

// taskNotified gives a notification to the task that it speaks of.
func (b *Builder) taskNotified(e *schema.Event) *round {
	t := b.tasks[taskKey{e.Direction.Opposite(), e.TaskID}]
	if t == nil {
		return nil
	}
	t.told(jsonpath.Get(e.Payload, "params"), e)
	return t.op.rounds[0]
}

// settle gives an operation that became a task the outcome of the task.
func (op *operation) settle(o *query.Operation) {
	t := op.task
	if t == nil {
		return
	}
	o.Task = &query.Task{ID: t.id, Status: t.status, Polls: t.polls}
	outcome, ended := terminal[t.status]
	if t.outcome != "" {
		outcome, ended = t.outcome, true
	}
	if !ended || o.Outcome != schema.OutcomeTask {
		return
	}
	o.Outcome = outcome
	if outcome == schema.OutcomeProtocolError {
		o.ErrorCode = &t.errorCode
	}
	if t.endMono != 0 {
		ms := milliseconds(t.endMono - op.rounds[0].mono)
		o.DurationMS = &ms
	}
}

// settleFacts gives the timeline its facts, less those that speak of a task that was
// known only later; they come back by their operation.
func (b *Builder) settleFacts(tl *query.Timeline) map[*operation][]uint64 {
	early := map[*operation][]uint64{}
	for _, f := range b.facts {
		if t := b.tasks[f.task]; t != nil && f.task.id != "" && f.Kind == schema.KindNotification {
			early[t.op] = append(early[t.op], f.Seqs...)
			continue
		}
		tl.Facts = append(tl.Facts, f.Fact)
	}
	return early
}
