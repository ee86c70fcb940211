package interpret_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/schema"
)

const (
	excludedCall  = `{"id":1,"method":"tools/call","params":{"name":"vault","arguments":{"a":"walrus"},"_meta":{"progressToken":9}}}`
	recordedCall  = `{"id":2,"method":"tools/call","params":{"name":"read","_meta":{"progressToken":"x"}}}`
	excludedCall2 = `{"id":3,"method":"tools/call","params":{"name":"vault"}}`
)

func TestWhatThePolicyExcludesIsCountedAtTheEnd(t *testing.T) {
	const said = `{"id":%d,"result":{"content":[{"type":"text","text":"walrus"}]}}`
	bytes := len(excludedCall) + len(excludedCall2)
	events := record(t, setup{Policy: policy(t, "capture: {rules: [{target: vault, level: none}]}")}, func(q *observe.Queue) {
		x := stdio(q)
		for _, m := range []struct {
			direction schema.Direction
			text      string
			kept      bool
		}{
			{schema.ClientToServer, excludedCall, false},
			{schema.ClientToServer, recordedCall, true},
			{schema.ServerToClient, `{"method":"notifications/progress","params":{"progressToken":9,"message":"walrus"}}`, false},
			{schema.ServerToClient, `{"method":"notifications/progress","params":{"progressToken":"x"}}`, true},
			{schema.ServerToClient, fmt.Sprintf(said, 1), false},
			{schema.ServerToClient, `{"id":2,"result":{}}`, true},
			{schema.ServerToClient, fmt.Sprintf(said, 1), false}, // answered again
			{schema.ClientToServer, excludedCall2, false},
			{schema.ClientToServer, `{"method":"notifications/cancelled","params":{"requestId":3,"reason":"walrus"}}`, false},
			{schema.ServerToClient, fmt.Sprintf(said, 77), false}, // who knows to what
		} {
			if x.Message(m.direction, body(m.text), time.Now()); !m.kept && m.direction == schema.ServerToClient || strings.Contains(m.text, "cancelled") {
				bytes += len(m.text)
			}
		}
		x.Exit(observe.Exit{Reason: "exit"}, time.Now())
	})
	want := "open; request tools/call read; notification notifications/progress; answer tools/call read to 1; close"
	if got := brief(t, events); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	messages, size := uint64(0), uint64(0)
	rules := map[string]uint64{}
	for _, l := range excluded(t, events) {
		messages, size = messages+l.Messages, size+l.Bytes
		rules[l.Rule] += l.Messages
		if len(l.Policy) != 16 || !strings.HasPrefix(fmt.Sprintf("%x", events[0].Policy), l.Policy) {
			t.Errorf("policy %q", l.Policy)
		}
	}
	// Progress has no target of its own, so it follows its request.
	if messages != 7 || size != uint64(bytes) || rules["capture.rules[0]"] != 6 || rules["request"] != 1 {
		t.Errorf("excluded %d messages of %d bytes, want 7 of %d: %v", messages, size, bytes, rules)
	}
	if all, _ := json.Marshal(events); strings.Contains(string(all), "walrus") || strings.Contains(string(all), "vault") {
		t.Error("what was excluded is in the record")
	}
}

const progress = `{"method":"notifications/progress","params":{"progressToken":%s,"message":"walrus"}}`

// TestProgressOfAnExcludedCallStaysExcludedHoweverManyThereAre: there are more of them
// than any memory of tokens holds.
func TestProgressOfAnExcludedCallStaysExcludedHoweverManyThereAre(t *testing.T) {
	const calls = 4097
	events := record(t, setup{Policy: policy(t, "capture: {rules: [{target: vault, level: none}]}")}, func(q *observe.Queue) {
		x := stdio(q)
		for i := range calls {
			x.Message(schema.ClientToServer, body(fmt.Sprintf(`{"id":%d,"method":"tools/call","params":{"name":"vault","_meta":{"progressToken":%[1]d}}}`, i)), time.Now())
		}
		for i := range calls {
			x.Message(schema.ServerToClient, body(fmt.Sprintf(progress, fmt.Sprint(i))), time.Now())
		}
		x.Exit(observe.Exit{Reason: "exit"}, time.Now())
	})
	if got := brief(t, events); got != "open; close" {
		t.Errorf("recorded %.200s", got)
	}
	messages := uint64(0)
	for _, l := range excluded(t, events) {
		messages += l.Messages
	}
	if messages != 2*calls {
		t.Errorf("%d messages are counted as excluded, want %d", messages, 2*calls)
	}
}

// TestProgressThatNamesNoKnownRequestFollowsThePolicy: under one that excludes anything
// it could be about what is excluded.
func TestProgressThatNamesNoKnownRequestFollowsThePolicy(t *testing.T) {
	for rules, want := range map[string]string{
		"capture: {rules: [{target: vault, level: none}]}":                          "open; close",
		"capture: {rules: [{server: other, level: none}]}":                          "open; notification notifications/progress; notification notifications/progress; close",
		"capture: {rules: [{target: vault, level: metadata}]}":                      "open; notification notifications/progress; notification notifications/progress; close",
		"capture: {default: none, rules: [{method: notifications/*, level: full}]}": "open; close",
	} {
		events := record(t, setup{Policy: policy(t, rules)}, func(q *observe.Queue) {
			x := stdio(q)
			x.Message(schema.ServerToClient, body(fmt.Sprintf(progress, `"never asked for"`)), time.Now())
			x.Message(schema.ServerToClient, body(`{"method":"notifications/progress"}`), time.Now())
			x.Exit(observe.Exit{Reason: "exit"}, time.Now())
		})
		if got := brief(t, events); got != want {
			t.Errorf("under %s\n got %s\nwant %s", rules, got, want)
		}
	}
}

// TestProgressFollowsItsRequestPastItsAnswer: a task goes on, and so does its progress.
func TestProgressFollowsItsRequestPastItsAnswer(t *testing.T) {
	events := record(t, setup{Policy: policy(t, "capture: {rules: [{target: vault, level: none}]}")}, func(q *observe.Queue) {
		at := time.Now()
		x := stdio(q)
		x.Message(schema.ClientToServer, body(excludedCall), at)
		x.Message(schema.ClientToServer, body(recordedCall), at)
		x.Message(schema.ServerToClient, body(`{"id":1,"result":{}}`), at)
		x.Message(schema.ServerToClient, body(`{"id":2,"result":{}}`), at)
		x.Message(schema.ServerToClient, body(fmt.Sprintf(progress, "9")), at)
		x.Message(schema.ServerToClient, body(fmt.Sprintf(progress, `"x"`)), at)
		x.Message(schema.ClientToServer, body(fmt.Sprintf(progress, `"x"`)), at) // not the direction that it was asked for
		x.Exit(observe.Exit{Reason: "exit"}, at)
	})
	want := "open; request tools/call read; answer tools/call read to 1; notification notifications/progress; close"
	if got := brief(t, events); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

// TestProgressOfAnExcludedCallThatIsReplayedIsExcluded, as it was the first time.
func TestProgressOfAnExcludedCallThatIsReplayedIsExcluded(t *testing.T) {
	events := record(t, setup{Policy: policy(t, "capture: {rules: [{target: vault, level: none}]}")}, func(q *observe.Queue) {
		at := time.Now()
		stream := "id: 7\ndata: " + fmt.Sprintf(progress, "9") + "\n\n"
		visit{url: "/mcp", session: "s", request: excludedCall, status: 200, stream: true, answer: stream}.play(q, at)
		visit{url: "/mcp", session: "s", verb: "GET", status: 200, stream: true, answer: stream}.play(q, at)
	})
	if got := brief(t, events); got != "open; http; close" {
		t.Errorf("recorded %s", got)
	}
}

func TestAnExcludedExchangeLeavesNoFacts(t *testing.T) {
	events := record(t, setup{Policy: policy(t, "capture: {rules: [{method: 'tools/*', level: none}]}")}, func(q *observe.Queue) {
		at := time.Now()
		visit{url: "/mcp", session: "s", request: excludedCall, status: 200, answer: `{"id":1,"result":{}}`}.play(q, at)
		visit{url: "/mcp", session: "s", request: excludedCall, status: 500, answer: "walrus"}.play(q, at)
		visit{url: "/mcp", session: "s", request: excludedCall, status: 200, stream: true, answer: "id: 7\ndata: {\"id\":1,\"result\":{\"a\":\"walrus\"}}\n\n"}.play(q, at)
		visit{url: "/mcp", session: "s", verb: "GET", status: 200, stream: true, answer: "id: 7\ndata: {\"id\":1,\"result\":{\"a\":\"walrus\"}}\n\n"}.play(q, at)
		gone := q.Begin(observe.Exchange{Upstream: "u", Transport: schema.TransportHTTP, HTTP: &observe.RequestHead{Verb: "POST", URL: "/mcp", Header: http.Header{"Mcp-Session-Id": {"s"}}}}, at)
		gone.Message(schema.ClientToServer, body(excludedCall), at)
		gone.End(observe.EndTransport, at)
		visit{url: "/mcp", session: "s", request: excludedCall, status: 401}.play(q, at)
		visit{url: "/mcp", session: "s", request: `{"id":5,"method":"ping"}`, status: 200, answer: `{"id":5,"result":{}}`}.play(q, at)
	})
	// That a credential was refused is recorded, and not what for.
	want := "open; http; auth; request ping; answer ping to 3; close"
	if got := brief(t, events); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	if l := excluded(t, events); len(l) != 1 || l[0].Messages != 9 {
		t.Errorf("excluded %+v", l)
	}
	if all, _ := json.Marshal(events); strings.Contains(string(all), "walrus") || strings.Contains(string(all), "tools/call") {
		t.Error("what was excluded is in the record")
	}
}

// TestAReplayedAnswerIsTreatedAsTheFirst: its request says what it is.
func TestAReplayedAnswerIsTreatedAsTheFirst(t *testing.T) {
	events := record(t, setup{Policy: policy(t, "capture: {rules: [{method: 'tools/*', level: metadata}]}")}, func(q *observe.Queue) {
		at := time.Now()
		const answer = "id: 7\ndata: {\"id\":1,\"result\":{\"a\":\"walrus\"}}\n\n"
		visit{url: "/mcp", session: "s", request: excludedCall, status: 200, stream: true, answer: answer}.play(q, at)
		visit{url: "/mcp", session: "s", verb: "GET", status: 200, stream: true, answer: answer}.play(q, at)
	})
	if got, want := brief(t, events), "open; request tools/call vault; answer tools/call vault to 1; http; answer tools/call vault; close"; got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	if all, _ := json.Marshal(events); strings.Contains(string(all), "d2FscnVz") {
		t.Error("a body that must not be stored is there")
	}
	for _, e := range events {
		if strings.Contains(string(e.Payload), "walrus") {
			t.Errorf("%s holds %s", e.Kind, e.Payload)
		}
	}
}

// TestWhatIsAboutACallIsStoredAtItsLevel: progress and the reason of a cancellation can
// repeat what the call has, also where they are replayed or name no known request.
func TestWhatIsAboutACallIsStoredAtItsLevel(t *testing.T) {
	p := policy(t, `
capture:
  default: full
  rules:
    - {method: tools/call, target: payroll, level: metadata}
`)
	events := record(t, setup{Policy: p}, func(q *observe.Queue) {
		x := stdio(q)
		for _, m := range []struct {
			to   schema.Direction
			text string
		}{
			{schema.ClientToServer, `{"id":1,"method":"tools/call","params":{"name":"payroll","_meta":{"progressToken":"t"}}}`},
			{schema.ClientToServer, `{"id":2,"method":"tools/call","params":{"name":"weather","_meta":{"progressToken":"w"}}}`},
			{schema.ServerToClient, `{"method":"notifications/progress","params":{"progressToken":"t","progress":1,"message":"reads the salaries"}}`},
			{schema.ServerToClient, `{"method":"notifications/progress","params":{"progressToken":"x","progress":1,"message":"reads the salaries"}}`},
			{schema.ServerToClient, `{"method":"notifications/progress","params":{"progressToken":"w","progress":1,"message":"reads the sky"}}`},
			{schema.ClientToServer, `{"method":"notifications/cancelled","params":{"requestId":1,"reason":"no salaries"}}`},
		} {
			x.Message(m.to, body(m.text), time.Now())
		}
	})
	stored := ""
	for _, e := range events {
		stored += string(e.Payload) + "\n"
	}
	if strings.Contains(stored, "salaries") || !strings.Contains(stored, "reads the sky") {
		t.Errorf("stored is\n%s", stored)
	}
}
