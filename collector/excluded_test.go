package collector_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/collector"
	"github.com/mcptrail/mcptrail/collector/journal"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/collector/redact"
	"github.com/mcptrail/mcptrail/schema"
)

func policy(t *testing.T, text string) *redact.Policy {
	t.Helper()
	p, err := redact.Parse([]byte("version: 1\n" + text))
	if err != nil {
		t.Fatal(err)
	}
	return &p
}

// brief is an event in a few words, and checks that numbers are dense.
func brief(t *testing.T, events []*schema.Event) string {
	t.Helper()
	var all []string
	for i, e := range events {
		if e.Seq != uint64(i) {
			t.Errorf("event %d has number %d", i, e.Seq)
		}
		words := fmt.Sprintf("%s %s %s", e.Kind, e.Method, e.Target)
		if e.RequestSeq > 0 {
			words += fmt.Sprintf(" to %d", e.RequestSeq)
		}
		all = append(all, strings.Join(strings.Fields(words), " "))
	}
	return strings.Join(all, "; ")
}

// left is what the last event says was left out.
func left(t *testing.T, events []*schema.Event) []journal.Excluded {
	t.Helper()
	var said struct {
		LeftOut []journal.Excluded `json:"left_out"`
	}
	last := events[len(events)-1]
	if err := json.Unmarshal(last.Payload, &said); err != nil || last.Kind != schema.KindClose {
		t.Fatalf("the last event is %s %s: %v", last.Kind, last.Payload, err)
	}
	return said.LeftOut
}

const (
	leftCall  = `{"id":1,"method":"tools/call","params":{"name":"vault","arguments":{"a":"walrus"},"_meta":{"progressToken":9}}}`
	keptCall  = `{"id":2,"method":"tools/call","params":{"name":"read","_meta":{"progressToken":"x"}}}`
	leftCall2 = `{"id":3,"method":"tools/call","params":{"name":"vault"}}`
)

func TestWhatThePolicyLeavesOutIsCountedAtTheEnd(t *testing.T) {
	const said = `{"id":%d,"result":{"content":[{"type":"text","text":"walrus"}]}}`
	var tp tape
	bytes := len(leftCall) + len(leftCall2)
	events := record(t, collector.Config{Policy: policy(t, "capture: {rules: [{target: vault, level: none}]}")}, &tp, func(rec *collector.Recorder) {
		x := stdio(rec)
		for _, m := range []struct {
			direction schema.Direction
			text      string
			kept      bool
		}{
			{schema.ClientToServer, leftCall, false},
			{schema.ClientToServer, keptCall, true},
			{schema.ServerToClient, `{"method":"notifications/progress","params":{"progressToken":9,"message":"walrus"}}`, false},
			{schema.ServerToClient, `{"method":"notifications/progress","params":{"progressToken":"x"}}`, true},
			{schema.ServerToClient, fmt.Sprintf(said, 1), false},
			{schema.ServerToClient, `{"id":2,"result":{}}`, true},
			{schema.ServerToClient, fmt.Sprintf(said, 1), false}, // answered again
			{schema.ClientToServer, leftCall2, false},
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
	for _, l := range left(t, events) {
		messages, size = messages+l.Messages, size+l.Bytes
		rules[l.Rule] += l.Messages
		if len(l.Policy) != 16 || !strings.HasPrefix(fmt.Sprintf("%x", events[0].Policy), l.Policy) {
			t.Errorf("policy %q", l.Policy)
		}
	}
	// Progress has no target of its own, so it follows its request.
	if messages != 7 || size != uint64(bytes) || rules["capture.rules[0]"] != 6 || rules["request"] != 1 {
		t.Errorf("left out %d messages of %d bytes, want 7 of %d: %v", messages, size, bytes, rules)
	}
	if all, _ := json.Marshal(events); strings.Contains(string(all), "walrus") || strings.Contains(string(all), "vault") {
		t.Error("what was left out is in the record")
	}
}

const progress = `{"method":"notifications/progress","params":{"progressToken":%s,"message":"walrus"}}`

// TestProgressOfAnExcludedCallStaysExcludedHoweverManyThereAre: there are more of them
// than any memory of tokens holds.
func TestProgressOfAnExcludedCallStaysExcludedHoweverManyThereAre(t *testing.T) {
	const calls = 4097
	var tp tape
	events := record(t, collector.Config{Policy: policy(t, "capture: {rules: [{target: vault, level: none}]}"), QueueItems: 4 * calls}, &tp, func(rec *collector.Recorder) {
		x := stdio(rec)
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
	for _, l := range left(t, events) {
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
		var tp tape
		events := record(t, collector.Config{Policy: policy(t, rules)}, &tp, func(rec *collector.Recorder) {
			x := stdio(rec)
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
	var tp tape
	events := record(t, collector.Config{Policy: policy(t, "capture: {rules: [{target: vault, level: none}]}")}, &tp, func(rec *collector.Recorder) {
		at := time.Now()
		x := stdio(rec)
		x.Message(schema.ClientToServer, body(leftCall), at)
		x.Message(schema.ClientToServer, body(keptCall), at)
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
	var tp tape
	events := record(t, collector.Config{Policy: policy(t, "capture: {rules: [{target: vault, level: none}]}")}, &tp, func(rec *collector.Recorder) {
		at := time.Now()
		stream := "id: 7\ndata: " + fmt.Sprintf(progress, "9") + "\n\n"
		visit{url: "/mcp", session: "s", request: leftCall, status: 200, stream: true, answer: stream}.play(rec, at)
		visit{url: "/mcp", session: "s", verb: "GET", status: 200, stream: true, answer: stream}.play(rec, at)
	})
	if got := brief(t, events); got != "open; http; close" {
		t.Errorf("recorded %s", got)
	}
}

func TestAnExchangeThatIsLeftOutLeavesNoFacts(t *testing.T) {
	var tp tape
	events := record(t, collector.Config{Policy: policy(t, "capture: {rules: [{method: 'tools/*', level: none}]}")}, &tp, func(rec *collector.Recorder) {
		at := time.Now()
		visit{url: "/mcp", session: "s", request: leftCall, status: 200, answer: `{"id":1,"result":{}}`}.play(rec, at)
		visit{url: "/mcp", session: "s", request: leftCall, status: 500, answer: "walrus"}.play(rec, at)
		visit{url: "/mcp", session: "s", request: leftCall, status: 200, stream: true, answer: "id: 7\ndata: {\"id\":1,\"result\":{\"a\":\"walrus\"}}\n\n"}.play(rec, at)
		visit{url: "/mcp", session: "s", verb: "GET", status: 200, stream: true, answer: "id: 7\ndata: {\"id\":1,\"result\":{\"a\":\"walrus\"}}\n\n"}.play(rec, at)
		gone := rec.Queue().Begin(observe.Exchange{Upstream: "u", Transport: schema.TransportHTTP, HTTP: &observe.RequestHead{Verb: "POST", URL: "/mcp", Header: http.Header{"Mcp-Session-Id": {"s"}}}}, at)
		gone.Message(schema.ClientToServer, body(leftCall), at)
		gone.End(observe.EndTransport, at)
		visit{url: "/mcp", session: "s", request: leftCall, status: 401}.play(rec, at)
		visit{url: "/mcp", session: "s", request: `{"id":5,"method":"ping"}`, status: 200, answer: `{"id":5,"result":{}}`}.play(rec, at)
	})
	// That somebody was turned away is told, and not what for.
	want := "open; http; auth; request ping; answer ping to 3; close"
	if got := brief(t, events); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	if l := left(t, events); len(l) != 1 || l[0].Messages != 9 {
		t.Errorf("left out %+v", l)
	}
	if all, _ := json.Marshal(events); strings.Contains(string(all), "walrus") || strings.Contains(string(all), "tools/call") {
		t.Error("what was left out is in the record")
	}
}

// TestAnAnswerThatCrossesAgainIsTreatedAsTheFirst: its request says what it is.
func TestAnAnswerThatCrossesAgainIsTreatedAsTheFirst(t *testing.T) {
	var tp tape
	events := record(t, collector.Config{Policy: policy(t, "capture: {rules: [{method: 'tools/*', level: metadata}]}")}, &tp, func(rec *collector.Recorder) {
		at := time.Now()
		const answer = "id: 7\ndata: {\"id\":1,\"result\":{\"a\":\"walrus\"}}\n\n"
		visit{url: "/mcp", session: "s", request: leftCall, status: 200, stream: true, answer: answer}.play(rec, at)
		visit{url: "/mcp", session: "s", verb: "GET", status: 200, stream: true, answer: answer}.play(rec, at)
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

func TestAnAdoptedPolicyHoldsForWhatComesAfter(t *testing.T) {
	none, full := policy(t, "capture: {default: none}"), policy(t, "capture: {default: full}")
	adopt := func(rec *collector.Recorder, p *redact.Policy) {
		r, err := redact.New(*p, "default", [32]byte{})
		if err != nil {
			t.Fatal(err)
		}
		rec.Adopt(redact.Change{To: p.Hash(), Redactor: r})
	}
	var tp tape
	events := record(t, collector.Config{Policy: full}, &tp, func(rec *collector.Recorder) {
		x := stdio(rec)
		x.Message(schema.ClientToServer, body(keptCall), time.Now())
		adopt(rec, none)
		x.Message(schema.ServerToClient, body(`{"id":2,"result":{"a":"walrus"}}`), time.Now())
		x.Message(schema.ClientToServer, body(leftCall), time.Now())
		adopt(rec, full)
		x.Message(schema.ServerToClient, body(`{"id":1,"result":{"a":"walrus"}}`), time.Now())
		x.Exit(observe.Exit{Reason: "exit"}, time.Now())
	})
	// Of the first pair the answer is told without its body, of the second there is nothing.
	if got, want := brief(t, events), "open; request tools/call read; answer tools/call read to 1; close"; got != want {
		t.Fatalf("\n got %s\nwant %s", got, want)
	}
	answer := events[2]
	if answer.Payload != nil || !answer.Flags.Has(schema.FlagWithheld) || answer.Policy != none.Hash() || events[3].Policy != full.Hash() {
		t.Errorf("the answer holds %q, flags %v", answer.Payload, answer.Flags.Names())
	}
	if l := left(t, events); len(l) != 2 || l[0].Rule != "capture.default" || l[1].Rule != "request" || l[0].Messages+l[1].Messages != 2 {
		t.Errorf("left out %+v", l)
	}
}

func TestAPolicysChangeIsAnEventOfTheCollectorsOwnSession(t *testing.T) {
	full, none := policy(t, "capture: {default: full}"), policy(t, "capture: {default: none}")
	redactor, err := redact.New(*none, "default", [32]byte{})
	if err != nil {
		t.Fatal(err)
	}
	var tp tape
	events := record(t, collector.Config{Policy: full, Self: &journal.Self{What: "started"}}, &tp, func(rec *collector.Recorder) {
		rec.Adopt(redact.Change{From: full.Hash(), To: none.Hash(), File: "/etc/policy.yaml", Redactor: redactor})
	})
	want := fmt.Sprintf(`{"what":"policy","file":"/etc/policy.yaml","from":"%x","to":"%x"}`, full.Hash(), none.Hash())
	if len(events) != 3 || events[1].Kind != schema.KindCollector || string(events[1].Payload) != want || events[1].Policy != none.Hash() {
		t.Errorf("the session has %d events, want %s in the second: %s", len(events), want, events[1].Payload)
	}
	if !strings.Contains(string(events[0].Payload), `"key":"`) {
		t.Errorf("the first event does not name the key: %s", events[0].Payload)
	}
}
