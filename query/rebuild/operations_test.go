package rebuild_test

import (
	"fmt"
	"testing"

	"github.com/mcptrail/mcptrail/schema"
)

// calling is a tools/call of rm with a path, and with what else its params say.
func calling(id, path, more string) *schema.Event {
	return ask(c2s, id, "tools/call", named("rm"), body(fmt.Sprintf(`{"params":{"name":"rm","arguments":{"path":%q}%s}}`, path, more)))
}

const confirm = `"inputRequests":{"sure":{"method":"elicitation/create","params":{"mode":"form"}}}`

func asked(id string) *schema.Event {
	return answer(s2c, id, "input_required", body(`{"result":{"resultType":"input_required",`+confirm+`}}`))
}

func TestARoundIsKnownByTheInputThatItBrings(t *testing.T) {
	accept := `,"inputResponses":{"sure":{"action":"accept"}}`
	holds(t, recorded(open(), calling("n:1", "/a", ""), asked("n:1"), calling("n:2", "/a", accept), answer(s2c, "n:2", "ok")),
		"[1 3] [2 4] tool ok accept by form 3",
		"[] elicitation ok parent 1 in 2 answered in 3",
		"fact [0] open")
	holds(t, recorded(open(), calling("n:1", "/a", ""), asked("n:1"), calling("n:2", "/b", accept), answer(s2c, "n:2", "ok")),
		"[1] [2] tool input_required",
		"[] elicitation unanswered parent 1 in 2",
		"[3] [4] tool ok",
		"fact [0] open")
	// Two wait for the same: nobody can say which of them goes on.
	holds(t, recorded(open(), calling("n:1", "/a", ""), calling("n:2", "/a", ""), asked("n:1"), asked("n:2"), calling("n:3", "/a", accept), answer(s2c, "n:3", "ok")),
		"[1] [3] tool input_required",
		"[2] [4] tool input_required",
		"[] elicitation unanswered parent 1 in 3",
		"[] elicitation unanswered parent 2 in 4",
		"[5] [6] tool ok",
		"fact [0] open")
	holds(t, recorded(open(), calling("n:1", "/a", ""), asked("n:1"), calling("n:2", "/a", `,"inputResponses":{"other":{}}`), answer(s2c, "n:2", "ok")),
		"[1] [2] tool input_required",
		"[] elicitation unanswered parent 1 in 2",
		"[3] [4] tool ok",
		"fact [0] open")
}

func TestACallGoesOnAfterAVisitToAWebPage(t *testing.T) {
	holds(t, recorded(open(), calling("n:1", "/a", ""), answer(s2c, "n:1", "protocol_error", code(-32042)), calling("n:2", "/a", ""), answer(s2c, "n:2", "ok")),
		"[1 3] [2 4] tool ok",
		"fact [0] open")
	holds(t, recorded(open(), calling("n:1", "/a", ""), answer(s2c, "n:1", "protocol_error", code(-32602)), calling("n:2", "/a", ""), answer(s2c, "n:2", "ok")),
		"[1] [2] tool protocol_error -32602",
		"[3] [4] tool ok",
		"fact [0] open")
}

func TestATaskEndsAsItsResultSays(t *testing.T) {
	created := func() []*schema.Event {
		return []*schema.Event{open(), calling("n:1", "/a", ""), answer(s2c, "n:1", "task", task("T"))}
	}
	poll := func(id, method, result string, outcome schema.Outcome) []*schema.Event {
		return []*schema.Event{ask(c2s, id, method, task("T")), answer(s2c, id, outcome, task("T"), body(`{"result":`+result+`}`))}
	}
	notified := func(method, params string) *schema.Event {
		return note(s2c, method, task("T"), body(`{"params":`+params+`}`))
	}
	with := func(more ...*schema.Event) []*schema.Event { return recorded(append(created(), more...)...) }
	holds(t, with(poll("n:2", "tasks/get", `{"status":"working"}`, "ok")...),
		"[1] [2] tool task task working", "[3] [4] task ok parent 1", "fact [0] open")
	holds(t, with(append(poll("n:2", "tasks/get", `{"status":"completed"}`, "ok"), poll("n:3", "tasks/result", `{"isError":true}`, "tool_error")...)...),
		"[1] [2] tool tool_error task completed", "[3] [4] task ok parent 1", "[5] [6] task tool_error parent 1", "fact [0] open")
	holds(t, with(notified("tasks", `{"status":"completed","result":{"isError":true}}`)),
		"[1] [2] notes [3] tool tool_error task completed", "fact [0] open")
	holds(t, with(notified("tasks/status", `{"status":"failed"}`), notified("tasks/status", `{"status":"working"}`)),
		"[1] [2] notes [3 4] tool tool_error task failed", "fact [0] open")
	holds(t, with(notified("tasks", `{"status":"failed","error":{"code":-32000}}`)),
		"[1] [2] notes [3] tool protocol_error -32000 task failed", "fact [0] open")
	holds(t, with(append(poll("n:2", "tasks/cancel", `{"status":"cancelled"}`, "ok"), notified("tasks/status", `{"status":"cancelled"}`))...),
		"[1] [2] notes [5] tool cancelled task cancelled", "[3] [4] task ok parent 1", "fact [0] open")
	holds(t, with(append(poll("n:2", "tasks/get", `{"status":"input_required",`+confirm+`}`, "ok"),
		ask(c2s, "n:3", "tasks/update", task("T"), body(`{"params":{"inputResponses":{"sure":{"action":"decline"}}}}`)))...),
		"[1] [2] tool task task input_required decline by form 5", "[3] [4] task ok parent 1",
		"[] elicitation ok parent 1 in 4 answered in 5", "[5] task unanswered parent 1", "fact [0] open")
	// A status can come before the answer that creates the task.
	early := recorded(open(), calling("n:1", "/a", ""), notified("tasks/status", `{"status":"working"}`), notified("tasks/status", `{"status":"working"}`), answer(s2c, "n:1", "task", task("T")))
	holds(t, early, "[1] [4] notes [2 3] tool task task working", "fact [0] open")
	// A task of the client, and what is asked on behalf of a task of the server.
	holds(t, with(ask(s2c, "n:9", "sampling/createMessage", task("T")), answer(c2s, "n:9", "task", task("C")), ask(s2c, "n:8", "tasks/get", task("C"))),
		"[1] [2] tool task task working", "[3] [4] sampling task parent 1 task working", "[5] task unanswered parent 3", "fact [0] open")
}

func TestACallThatIsTriedAgainMayBeDoneTwice(t *testing.T) {
	again := func(end ...*schema.Event) []*schema.Event {
		events := append([]*schema.Event{open(), calling("n:1", "/a", "")}, end...)
		return recorded(append(events, calling("n:2", "/a", ""), answer(s2c, "n:2", "ok"))...)
	}
	const double = "possible_double_execution"
	holds(t, again(), "[1] tool unanswered "+double, "[2] [3] tool ok retry of 1 "+double, "fact [0] open")
	holds(t, again(cancel(c2s, "1")), "[1] notes [2] tool cancelled "+double, "[3] [4] tool ok retry of 1 "+double, "fact [0] open")
	holds(t, again(cancel(c2s, "1"), answer(s2c, "n:1", "ok")), "[1] [3] notes [2] tool ok late,"+double, "[4] [5] tool ok retry of 1 "+double, "fact [0] open")
	holds(t, again(answer(s2c, "n:1", "ok")), "[1] [2] tool ok", "[3] [4] tool ok", "fact [0] open")
	holds(t, again(answer(s2c, "n:1", "tool_error")), "[1] [2] tool tool_error", "[3] [4] tool ok", "fact [0] open")
	// Two at the same time are two calls.
	holds(t, recorded(open(), calling("n:1", "/a", ""), calling("n:2", "/a", ""), answer(s2c, "n:1", "ok"), answer(s2c, "n:2", "ok")),
		"[1] [3] tool ok", "[2] [4] tool ok", "fact [0] open")
	holds(t, recorded(open(), calling("n:1", "/a", ""), calling("n:2", "/b", ""), answer(s2c, "n:2", "ok")),
		"[1] tool unanswered", "[2] [3] tool ok", "fact [0] open")
}

func TestADiscoverThatFailedIsAProbe(t *testing.T) {
	holds(t, recorded(open(), ask(c2s, "n:1", "server/discover"), answer(s2c, "n:1", "protocol_error", code(-32601)),
		ask(c2s, "n:2", "server/discover"), answer(s2c, "n:2", "ok")),
		"[1] [2] discover protocol_error -32601 probe", "[3] [4] discover ok", "fact [0] open")
}
