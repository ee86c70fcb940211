package collector_test

import (
	"encoding/json"
	"fmt"
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

// excluded is what the last event states as excluded.
func excluded(t *testing.T, events []*schema.Event) []journal.Excluded {
	t.Helper()
	var said struct {
		Excluded []journal.Excluded `json:"left_out"`
	}
	last := events[len(events)-1]
	if err := json.Unmarshal(last.Payload, &said); err != nil || last.Kind != schema.KindClose {
		t.Fatalf("the last event is %s %s: %v", last.Kind, last.Payload, err)
	}
	return said.Excluded
}

const (
	recordedCall = `{"id":2,"method":"tools/call","params":{"name":"read","_meta":{"progressToken":"x"}}}`
	excludedCall = `{"id":1,"method":"tools/call","params":{"name":"vault","arguments":{"a":"walrus"},"_meta":{"progressToken":9}}}`
)

func TestAnAdoptedPolicyHoldsForWhatComesAfter(t *testing.T) {
	none, full := policy(t, "capture: {default: none}"), policy(t, "capture: {default: full}")
	adopt := func(rec *collector.Recorder, p *redact.Policy) {
		r, err := redact.New(*p, "default", [32]byte{})
		if err != nil {
			t.Fatal(err)
		}
		rec.Adopt(redact.Change{To: p.Hash(), Redactor: r})
	}
	var next nextStage
	events := record(t, collector.Config{Policy: full}, &next, func(rec *collector.Recorder) {
		x := stdio(rec)
		x.Message(schema.ClientToServer, body(recordedCall), time.Now())
		adopt(rec, none)
		x.Message(schema.ServerToClient, body(`{"id":2,"result":{"a":"walrus"}}`), time.Now())
		x.Message(schema.ClientToServer, body(excludedCall), time.Now())
		adopt(rec, full)
		x.Message(schema.ServerToClient, body(`{"id":1,"result":{"a":"walrus"}}`), time.Now())
		x.Exit(observe.Exit{Reason: "exit"}, time.Now())
	})
	// Of the first pair the answer is recorded without its body, of the second there is nothing.
	if got, want := brief(t, events), "open; request tools/call read; answer tools/call read to 1; close"; got != want {
		t.Fatalf("\n got %s\nwant %s", got, want)
	}
	answer := events[2]
	if answer.Payload != nil || !answer.Flags.Has(schema.FlagWithheld) || answer.Policy != none.Hash() || events[3].Policy != full.Hash() {
		t.Errorf("the answer holds %q, flags %v", answer.Payload, answer.Flags.Names())
	}
	if l := excluded(t, events); len(l) != 2 || l[0].Rule != "capture.default" || l[1].Rule != "request" || l[0].Messages+l[1].Messages != 2 {
		t.Errorf("excluded %+v", l)
	}
}

func TestAPolicysChangeIsAnEventOfTheCollectorsOwnSession(t *testing.T) {
	full, none := policy(t, "capture: {default: full}"), policy(t, "capture: {default: none}")
	redactor, err := redact.New(*none, "default", [32]byte{})
	if err != nil {
		t.Fatal(err)
	}
	var next nextStage
	events := record(t, collector.Config{Policy: full, Self: &journal.Self{What: "started"}}, &next, func(rec *collector.Recorder) {
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
