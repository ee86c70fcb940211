package collector_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/collector"
	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/schema"
)

// nextStage is a next stage that keeps what it gets. It fails the test where the record
// breaks its own rules.
type nextStage struct {
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

func (next *nextStage) publish(_ context.Context, records []durable.Record) (refused []int, err error) {
	next.hold.Lock()
	defer next.hold.Unlock()
	next.mu.Lock()
	defer next.mu.Unlock()
	if next.prev == nil {
		next.prev = map[string]schema.Hash{}
	}
	for i, r := range records {
		e, err := schema.Decode(r.Value)
		if err != nil {
			next.t.Errorf("recorded bytes do not decode: %v", err)
			continue
		}
		if id := e.SessionID.String(); e.Prev != next.prev[id] {
			next.t.Errorf("event %d of %s does not name the one before", e.Seq, id)
		}
		if e.CollectorSeq != next.seq {
			next.t.Errorf("collector seq goes from %d to %d", next.seq, e.CollectorSeq)
		}
		if r.Leaf != schema.LeafHash(r.Value) {
			next.t.Errorf("event %d of %s is handed on with another leaf than its own", e.Seq, e.SessionID)
		}
		next.prev[e.SessionID.String()] = r.Leaf
		next.seq++
		if next.refuse != nil && next.refuse(e) {
			refused = append(refused, i)
			continue
		}
		next.events = append(next.events, e)
	}
	return refused, nil
}

// record runs a recorder while work reports to it, and returns what it made.
func record(t *testing.T, config collector.Config, next *nextStage, work func(*collector.Recorder)) []*schema.Event {
	t.Helper()
	next.t = t
	config.CollectorID = "test"
	rec := collector.New(config, next.publish)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- rec.Run(ctx, time.Minute) }()
	work(rec)
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	return next.events
}

func stdio(rec *collector.Recorder) *observe.Exchange {
	return rec.Queue().Begin(observe.Exchange{Transport: schema.TransportStdio, Process: &observe.Process{}}, time.Now())
}

func body(text string) message.Body { return message.Copy([]byte(text), 1<<20) }

func TestAFullQueueBecomesAGapWithExactCounts(t *testing.T) {
	const sent, size = 5000, 64
	var next nextStage
	next.hold.Lock()
	events := record(t, collector.Config{QueueItems: 100}, &next, func(rec *collector.Recorder) {
		x := stdio(rec)
		for i := range sent {
			line := fmt.Sprintf(`{"method":"n/%d"`, i)
			line += strings.Repeat(" ", size-1-len(line)) + "}"
			x.Message(schema.ClientToServer, body(line), time.Now())
		}
		next.hold.Unlock()
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
	next := nextStage{refuse: func(e *schema.Event) bool { return e.Method == "too/large" }}
	events := record(t, collector.Config{}, &next, func(rec *collector.Recorder) {
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
	var next nextStage
	answer := httptest.NewRecorder()
	record(t, collector.Config{}, &next, func(rec *collector.Recorder) {
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
