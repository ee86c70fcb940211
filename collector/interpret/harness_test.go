package interpret_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/collector/interpret"
	"github.com/mcptrail/mcptrail/collector/journal"
	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/collector/redact"
	"github.com/mcptrail/mcptrail/collector/sse"
	"github.com/mcptrail/mcptrail/schema"
)

// setup is what a test configures of an interpreter and its journal.
type setup struct {
	// Policy is the built-in one if it is nil.
	Policy *redact.Policy
	Clock  schema.Clock
}

// record interprets what work reports to a queue and returns the events, in their order.
// It fails the test where the record breaks its own rules.
func record(t *testing.T, c setup, work func(*observe.Queue)) (events []*schema.Event) {
	t.Helper()
	if c.Policy == nil {
		builtIn := redact.Default()
		c.Policy = &builtIn
	}
	if c.Clock == "" {
		c.Clock = schema.ClockHost
	}
	redactor, err := redact.New(*c.Policy, "default", identity.Key{})
	if err != nil {
		t.Fatal(err)
	}
	rules := interpret.DefaultKeys()
	q := observe.New(observe.Config{MaxBytes: 1 << 30, MaxItems: 1 << 20, Headers: interpret.HeaderNames(rules)})
	j := journal.New(journal.Config{Tenant: "default", CollectorID: "test", Epoch: uuid.Must(uuid.NewV7()), Clock: c.Clock, Now: time.Now}, redactor, &journal.Stats{})
	in := interpret.New(interpret.Config{Keys: rules, Idle: 30 * time.Minute, Clock: c.Clock}, j)
	work(q)
	items, losses := q.Take(nil)
	if len(losses) > 0 {
		t.Errorf("%d losses in a queue that holds everything", len(losses))
	}
	for i := range items {
		in.Dispatch(&items[i])
	}
	in.CloseAll("shutdown", time.Now())
	previous := map[uuid.UUID]schema.Hash{}
	for i, r := range j.Take().Records {
		e, err := schema.Decode(r.Value)
		if err != nil {
			t.Fatalf("recorded bytes do not decode: %v", err)
		}
		if e.Prev != previous[e.SessionID] || e.CollectorSeq != uint64(i) || r.Leaf != schema.LeafHash(r.Value) {
			t.Errorf("event %d of %s breaks the chain", e.Seq, e.SessionID)
		}
		previous[e.SessionID] = r.Leaf
		events = append(events, e)
	}
	return events
}

func stdio(q *observe.Queue) *observe.Exchange {
	return q.Begin(observe.Exchange{Transport: schema.TransportStdio, Process: &observe.Process{}}, time.Now())
}

func body(text string) message.Body { return message.Copy([]byte(text), 1<<20) }

// visit is one HTTP exchange of a client, in short.
type visit struct {
	verb, url, session, token, agent string
	request                          string
	status                           int
	answerSession, answer            string
	stream                           bool
	after                            time.Duration
}

func (v visit) play(q *observe.Queue, at time.Time) {
	h := http.Header{"User-Agent": {v.agent}}
	if v.session != "" {
		h.Set("Mcp-Session-Id", v.session)
	}
	if v.token != "" {
		h.Set("Authorization", "Bearer "+v.token)
	}
	if v.verb == "" {
		v.verb = "POST"
	}
	x := q.Begin(observe.Exchange{Upstream: "u", Transport: schema.TransportHTTP,
		HTTP: &observe.RequestHead{Verb: v.verb, URL: v.url, Header: h}}, at)
	x.Message(schema.ClientToServer, body(v.request), at)
	answer := http.Header{"Content-Type": {"application/json"}}
	if v.stream {
		answer.Set("Content-Type", "text/event-stream")
	}
	if v.answerSession != "" {
		answer.Set("Mcp-Session-Id", v.answerSession)
	}
	x.Response(v.status, answer, at)
	if v.stream {
		sse.NewSplitter(1<<20, func(e sse.Event) { x.Event(e, at) }).Write([]byte(v.answer))
		return // the stream stays open
	}
	x.Message(schema.ServerToClient, body(v.answer), at)
	x.End(observe.EndEOF, at)
}

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
