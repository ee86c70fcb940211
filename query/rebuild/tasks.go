package rebuild

import (
	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/schema"
)

// maxTasks bounds the tasks of one session that are followed.
const maxTasks = 10_000

// tasks are those of a session by what names them.
type tasks map[taskKey]*task

// taskKey names a task: the direction of the request that became it, and the id that
// the other side gave it.
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
	// outcome of its result, empty where none was seen.
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

// isTask reports whether a method is about a task that exists.
func isTask(method string) bool { return query.KindOf(method) == query.KindTask }

// find returns the task of that id that a request in that direction became, nil for none.
func (all tasks) find(direction schema.Direction, id string) *task {
	return all[taskKey{direction, id}]
}

// record takes an answer that turns its operation into a task.
func (all tasks) record(m *message) {
	op := m.rounds[0].op
	// The first answer makes the task; a second one of the same request must not replace it.
	if m.outcome != schema.OutcomeTask || op.task != nil || m.TaskID == "" || len(all) >= maxTasks {
		return
	}
	op.task = &task{op: op, id: m.TaskID, status: "working"}
	all[taskKey{op.direction, m.TaskID}] = op.task
}

// polled takes the answer to a request about the task. Only the answer to tasks/result
// is the result itself.
func (t *task) polled(m *message) {
	if m.rounds[0].op.method != "tasks/result" {
		if m.outcome == schema.OutcomeOK {
			t.update(m)
		}
		return
	}
	switch m.outcome {
	case schema.OutcomeOK, schema.OutcomeToolError, schema.OutcomeProtocolError:
		t.outcome, t.errorCode = m.outcome, m.rounds[0].errorCode
		if terminal[t.status] == "" {
			t.status = "completed"
		}
		t.end(m)
	}
}

// update takes what a message reports of the task: its status, what it asks for, and
// its result.
func (t *task) update(m *message) {
	if status := m.report.status; status != "" && len(status) < maxWord && terminal[t.status] == "" {
		t.status = status
	}
	t.op.inputs.ask(m)
	outcome, ended := terminal[t.status]
	if !ended {
		return
	}
	t.end(m)
	// A status alone says less than a result that was seen.
	if t.outcome != "" || !m.report.result && !m.report.failed {
		return
	}
	t.outcome = outcome
	switch {
	case m.report.failed:
		t.outcome, t.errorCode = schema.OutcomeProtocolError, m.report.code
	case m.report.toolError:
		t.outcome = schema.OutcomeToolError
	}
}

// end keeps when the end was first seen, by whichever message showed it.
func (t *task) end(m *message) {
	if t.endMono == 0 {
		t.endMono = max(m.Mono, 1) // 0 stands for no end
	}
}
