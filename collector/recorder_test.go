package collector_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/collector"
	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/collector/sse"
	"github.com/mcptrail/mcptrail/schema"
)

// tape is a next stage that keeps what it gets. It fails the test where the record
// breaks its own rules.
type tape struct {
	t      *testing.T
	mu     sync.Mutex
	events []*schema.Event
	// hold makes Publish wait while it is locked.
	hold sync.Mutex
	// refuse says which records can never be accepted.
	refuse func(*schema.Event) bool
	prev   map[string]schema.Hash
	seq    uint64
}

func (tp *tape) publish(_ context.Context, records []durable.Record) (refused []int, err error) {
	tp.hold.Lock()
	defer tp.hold.Unlock()
	tp.mu.Lock()
	defer tp.mu.Unlock()
	if tp.prev == nil {
		tp.prev = map[string]schema.Hash{}
	}
	for i, r := range records {
		e, err := schema.Decode(r.Value)
		if err != nil {
			tp.t.Errorf("recorded bytes do not decode: %v", err)
			continue
		}
		if id := e.SessionID.String(); e.Prev != tp.prev[id] {
			tp.t.Errorf("event %d of %s does not name the one before", e.Seq, id)
		}
		if e.CollectorSeq != tp.seq {
			tp.t.Errorf("collector seq goes from %d to %d", tp.seq, e.CollectorSeq)
		}
		if r.Leaf != schema.LeafHash(r.Value) {
			tp.t.Errorf("event %d of %s is handed on with another leaf than its own", e.Seq, e.SessionID)
		}
		tp.prev[e.SessionID.String()] = r.Leaf
		tp.seq++
		if tp.refuse != nil && tp.refuse(e) {
			refused = append(refused, i)
			continue
		}
		tp.events = append(tp.events, e)
	}
	return refused, nil
}

// record runs a recorder while work tells it things, and returns what it made.
func record(t *testing.T, config collector.Config, tp *tape, work func(*collector.Recorder)) []*schema.Event {
	t.Helper()
	tp.t = t
	config.CollectorID = "test"
	rec := collector.New(config, tp.publish)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- rec.Run(ctx, time.Minute) }()
	work(rec)
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	return tp.events
}

func stdio(rec *collector.Recorder) *observe.Exchange {
	return rec.Queue().Begin(observe.Exchange{Transport: schema.TransportStdio, Process: &observe.Process{}}, time.Now())
}

func body(text string) message.Body { return message.Copy([]byte(text), 1<<20) }

func TestAFullQueueBecomesAGapWithExactCounts(t *testing.T) {
	const sent, size = 5000, 64
	var tp tape
	tp.hold.Lock()
	events := record(t, collector.Config{QueueItems: 100}, &tp, func(rec *collector.Recorder) {
		x := stdio(rec)
		for i := range sent {
			line := fmt.Sprintf(`{"method":"n/%d"`, i)
			line += strings.Repeat(" ", size-1-len(line)) + "}"
			x.Message(schema.ClientToServer, body(line), time.Now())
		}
		tp.hold.Unlock()
		x.Exit(observe.Exit{Reason: "exit"}, time.Now())
	})
	var recorded, lost, bytes uint64
	covered := uint64(0)
	for _, e := range events {
		switch {
		case e.Kind == schema.KindNotification:
			recorded++
		case e.Gap != nil:
			if e.Gap.Count != e.Gap.To-e.Gap.From+1 || e.Gap.From != covered || e.Seq != e.Gap.To+1 {
				t.Errorf("gap %+v at %d, %d numbers are taken", e.Gap, e.Seq, covered)
			}
			lost, bytes, covered = lost+e.Gap.Count, bytes+e.Gap.Bytes, covered+e.Gap.Count
		}
		if e.Seq != covered {
			t.Errorf("event %d follows %d numbers", e.Seq, covered)
		}
		covered++
	}
	if recorded == 0 || recorded+lost != sent || bytes != lost*size || lost == 0 {
		t.Errorf("recorded %d, lost %d with %d bytes of %d sent", recorded, lost, bytes, sent)
	}
}

func TestARefusedRecordBecomesAGap(t *testing.T) {
	tp := tape{refuse: func(e *schema.Event) bool { return e.Method == "too/large" }}
	events := record(t, collector.Config{}, &tp, func(rec *collector.Recorder) {
		x := stdio(rec)
		x.Message(schema.ClientToServer, body(`{"method":"too/large"}`), time.Now())
		waitFor(t, func() bool { return rec.Stats().Refused.Load() == 1 && rec.Stats().Lost.Load() == 1 })
	})
	for _, e := range events {
		if e.Gap != nil && *e.Gap == (schema.Gap{From: 1, To: 1, Count: 1, Bytes: 22, Reason: "spool_full"}) {
			return
		}
	}
	t.Errorf("no gap for the refused record: %+v", events)
}

func TestCountersAreForTheOneOnCall(t *testing.T) {
	var tp tape
	answer := httptest.NewRecorder()
	record(t, collector.Config{}, &tp, func(rec *collector.Recorder) {
		stdio(rec).Message(schema.ClientToServer, body(`{"id":1,"method":"ping"}`), time.Now())
		waitFor(t, func() bool { return rec.Stats().Published.Load() == 2 })
		rec.Stats().ServeHTTP(answer, nil)
	})
	for _, line := range []string{"mcptrail_collector_events_recorded_total 2", "mcptrail_collector_records_spooled_total 2",
		"mcptrail_collector_messages_lost_total 0", "# TYPE mcptrail_collector_sessions_opened_total counter"} {
		if !strings.Contains(answer.Body.String(), line+"\n") {
			t.Errorf("no line %q in\n%s", line, answer.Body)
		}
	}
}

func TestRunSaysWhatItCouldNotPublish(t *testing.T) {
	rec := collector.New(collector.Config{CollectorID: "test"}, func(ctx context.Context, _ []durable.Record) ([]int, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})
	stdio(rec)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := rec.Run(ctx, time.Millisecond); !errors.Is(err, collector.ErrUnpublished) {
		t.Errorf("got %v", err)
	}
}

func waitFor(t *testing.T, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !condition(); {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain")
		}
		<-time.After(time.Millisecond)
	}
}

// visit is one HTTP exchange of a client, in short.
type visit struct {
	verb, url, session, token, agent string
	request                          string
	status                           int
	answerSession, answer            string
	stream                           bool
	after                            time.Duration
}

func (v visit) play(rec *collector.Recorder, at time.Time) {
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
	x := rec.Queue().Begin(observe.Exchange{Upstream: "u", Transport: schema.TransportHTTP,
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

func TestHTTPSessionsAreAssignedByTheStrongestEvidence(t *testing.T) {
	call := func(id int) string { return fmt.Sprintf(`{"id":%d,"method":"tools/call","params":{"name":"x"}}`, id) }
	ok := func(id int) string { return fmt.Sprintf(`{"id":%d,"result":{}}`, id) }
	const initialize = `{"id":0,"method":"initialize","params":{}}`
	modern := func(client string) string {
		return `{"id":1,"method":"tools/call","params":{"name":"x","_meta":{"io.modelcontextprotocol/clientInfo":{"name":"` + client + `"}}}}`
	}
	for name, c := range map[string]struct {
		visits []visit
		// want is a letter for each session, in the order of the visits, and the
		// basis of each session's last event.
		want  string
		basis []schema.Basis
	}{
		"the protocol's id": {[]visit{
			{request: initialize, status: 200, answer: ok(0), answerSession: "one"},
			{request: initialize, status: 200, answer: ok(0), answerSession: "two"},
			{session: "one", request: call(1), status: 200, answer: ok(1)},
			{session: "two", request: call(1), status: 200, answer: ok(1)},
		}, "abab", []schema.Basis{schema.BasisMCPSessionID, schema.BasisMCPSessionID}},
		"the protocol's id in the hands of others": {[]visit{
			{token: "alice", request: initialize, status: 200, answer: ok(0), answerSession: "one"},
			{token: "alice", session: "one", request: call(1), status: 200, answer: ok(1)},
			{token: "mallory", session: "one", request: call(1), status: 200, answer: ok(1)},
			{session: "one", request: call(1), status: 200, answer: ok(1)},
			{token: "alice", session: "one", request: call(2), status: 200, answer: ok(2)},
		}, "aabca", []schema.Basis{schema.BasisMCPSessionID, schema.BasisMCPSessionID, schema.BasisMCPSessionID}},
		"an id that a server gives to everybody": {[]visit{
			{token: "t1", request: call(1), status: 200, answer: ok(1), answerSession: "one"},
			{token: "t2", request: call(1), status: 200, answer: ok(1), answerSession: "one"},
		}, "ab", []schema.Basis{schema.BasisPrincipal, schema.BasisPrincipal}},
		"an id from before the collector's start": {[]visit{
			{session: "old", request: call(1), status: 200, answer: ok(1)},
			{session: "old", request: call(2), status: 200, answer: ok(2)},
		}, "aa", []schema.Basis{schema.BasisMCPSessionID}},
		"a credential": {[]visit{
			{token: "t1", request: call(1), status: 200, answer: ok(1)},
			{token: "t2", request: call(1), status: 200, answer: ok(1)},
			{token: "t1", request: call(2), status: 200, answer: ok(2)},
		}, "aba", []schema.Basis{schema.BasisPrincipal, schema.BasisPrincipal}},
		"a long silence": {[]visit{
			{request: call(1), status: 200, answer: ok(1)},
			{request: call(2), status: 200, answer: ok(2), after: time.Hour},
		}, "ab", []schema.Basis{schema.BasisPrincipal, schema.BasisPrincipal}},
		"two programs behind one address": {[]visit{
			{request: modern("claude"), status: 200, answer: ok(1)},
			{request: modern("cursor"), status: 200, answer: ok(1)},
			{request: modern("claude"), status: 200, answer: ok(1)},
		}, "aba", []schema.Basis{schema.BasisPrincipal, schema.BasisPrincipal}},
		"a handshake without an id begins a session": {[]visit{
			{request: initialize, status: 200, answer: ok(0)},
			{request: call(1), status: 200, answer: ok(1)},
			{request: initialize, status: 200, answer: ok(0)},
			{request: call(1), status: 200, answer: ok(1)},
		}, "aabb", []schema.Basis{schema.BasisPrincipal, schema.BasisPrincipal}},
		"a legacy event stream": {[]visit{
			{verb: "GET", url: "/sse", status: 200, stream: true, answer: "event: endpoint\ndata: /messages?sessionId=s1\n\n"},
			{verb: "GET", url: "/sse", status: 200, stream: true, answer: "event: endpoint\ndata: /messages?sessionId=s2\n\n"},
			{url: "/messages?sessionId=s1", request: call(1), status: 202},
			{url: "/messages?sessionId=s2", request: call(1), status: 202},
		}, "abab", []schema.Basis{schema.BasisSSE, schema.BasisSSE}},
	} {
		t.Run(name, func(t *testing.T) {
			var tp tape
			events := record(t, collector.Config{Clock: schema.ClockImported}, &tp, func(rec *collector.Recorder) {
				at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
				for i, v := range c.visits {
					at = at.Add(v.after + time.Second)
					if v.url == "" {
						v.url = "/mcp"
					}
					v.agent = "node"
					v.url = strings.ReplaceAll(v.url, "#", fmt.Sprint(i))
					v.play(rec, at)
				}
			})
			got, basis := assigned(events)
			if got != c.want || fmt.Sprint(basis) != fmt.Sprint(c.basis) {
				t.Errorf("got %s %v, want %s %v", got, basis, c.want, c.basis)
			}
			all, _ := json.Marshal(events)
			for _, secret := range []string{"sessionId=s1", `"one"`, "Bearer t1"} {
				if strings.Contains(string(all), secret) {
					t.Errorf("the record holds %s", secret)
				}
			}
		})
	}
}

// assigned tells the session of each exchange as a letter, in order of time.
func assigned(events []*schema.Event) (letters string, basis []schema.Basis) {
	name := map[string]byte{}
	seen := map[string]bool{}
	for _, e := range events {
		id := e.SessionID.String()
		if name[id] == 0 {
			name[id] = byte('a' + len(name))
			basis = append(basis, "")
		}
		basis[name[id]-'a'] = e.Basis
		if key := fmt.Sprint(id, e.Exchange); e.Exchange > 0 && !seen[key] {
			seen[key] = true
			letters += string(name[id])
		}
	}
	return letters, basis
}

func TestAMessageInPiecesIsFlagged(t *testing.T) {
	var tp tape
	events := record(t, collector.Config{}, &tp, func(rec *collector.Recorder) {
		x := stdio(rec)
		for _, line := range []string{`{"jsonrpc":"2.0","id":8,`, `"method":"tools/list"}`, `{"id":1,"method":"ping"} trailing`, `server started`} {
			x.Message(schema.ClientToServer, body(line), time.Now())
		}
	})
	var flagged []bool
	for _, e := range events {
		if e.Kind == schema.KindNoise {
			flagged = append(flagged, e.Flags.Has(schema.FlagAmbiguous))
		}
	}
	if fmt.Sprint(flagged) != "[true true true false]" {
		t.Errorf("flagged %v", flagged)
	}
}
