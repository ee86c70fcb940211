package observe_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/schema"
)

// body is a message of that many bytes.
func body(size int) message.Body { return message.Copy(bytes.Repeat([]byte{'x'}, size), 1<<20) }

func process(q *observe.Queue) *observe.Exchange {
	return q.Begin(observe.Exchange{Transport: schema.TransportStdio, Process: &observe.Process{}}, time.Now())
}

// sum returns the bytes that observations count for, as their consumer adds them up.
func sum(items []observe.Observation) (bytes int) {
	for i := range items {
		bytes += items[i].Bytes()
	}
	return bytes
}

// lost is how many messages losses count.
func lost(losses []*observe.Loss) (count, bytes uint64) {
	for _, l := range losses {
		count, bytes = count+l.Count, bytes+l.Bytes
	}
	return count, bytes
}

// TestBytesCountFromTheOfferUntilTheyAreDone fills a queue to its bound of bytes, over
// and over: what was taken occupies capacity until it is done, and no longer.
func TestBytesCountFromTheOfferUntilTheyAreDone(t *testing.T) {
	const size = 1000
	q := observe.New(observe.Config{MaxBytes: 64 << 10, MaxItems: 1 << 20})
	x := process(q)
	start, _ := q.Take(nil)
	q.Done(sum(start))
	fits := 0
	for round := range 50 {
		for range 100 {
			x.Message(schema.ClientToServer, body(size), time.Now())
		}
		items, losses := q.Take(nil)
		if n, bytes := lost(losses); n != uint64(100-len(items)) || bytes != n*size {
			t.Fatalf("round %d: %d of 100 are queued, %d with %d bytes are lost", round, len(items), n, bytes)
		}
		if round == 0 {
			fits = len(items)
		}
		if len(items) != fits || fits < 30 || sum(items) > 64<<10 {
			t.Fatalf("round %d: %d messages of %d bytes are queued, %d in the first", round, len(items), sum(items), fits)
		}
		x.Message(schema.ClientToServer, body(size), time.Now())
		if more, losses := q.Take(nil); len(more) != 0 || len(losses) != 1 {
			t.Fatalf("round %d: a message was queued behind %d bytes that are not done", round, sum(items))
		}
		half := fits / 2
		q.Done(sum(items[:half]))
		for range 100 {
			x.Message(schema.ClientToServer, body(size), time.Now())
		}
		more, _ := q.Take(nil)
		if len(more) != half {
			t.Fatalf("round %d: %d messages are queued where %d are done", round, len(more), half)
		}
		q.Done(sum(items[half:]))
		q.Done(sum(more))
	}
}

// TestACallerWaitsUntilHalfOfTheBoundIsFree holds what an import does between messages.
func TestACallerWaitsUntilHalfOfTheBoundIsFree(t *testing.T) {
	q := observe.New(observe.Config{MaxBytes: 64 << 10, MaxItems: 1 << 20})
	process(q).Message(schema.ClientToServer, body(40<<10), time.Now())
	items, _ := q.Take(nil)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := q.WaitForCapacity(ctx); err == nil {
		t.Error("a queue that is more than half full has capacity")
	}
	waited := make(chan error, 1)
	go func() { waited <- q.WaitForCapacity(t.Context()) }()
	q.Done(sum(items))
	select {
	case err := <-waited:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("still waiting for an empty queue")
	}
}

// TestStartsAndEndsAreQueuedWhereMessagesAreNot, and standard error leaves half of it
// to messages.
func TestStartsAndEndsAreQueuedWhereMessagesAreNot(t *testing.T) {
	const items = 100
	q := observe.New(observe.Config{MaxBytes: 1 << 20, MaxItems: items})
	x := process(q)
	for range items {
		x.Stderr(body(10), time.Now())
	}
	for range items {
		x.Message(schema.ServerToClient, body(10), time.Now())
	}
	x.Exit(observe.Exit{Reason: "exit"}, time.Now())
	y := process(q)
	y.Message(schema.ServerToClient, body(10), time.Now())
	q.Finish("done", time.Now())
	counts := map[observe.Kind]int{}
	all, losses := q.Take(nil)
	for i := range all {
		counts[all[i].Kind]++
	}
	if got := fmt.Sprint(counts[observe.KindStart], counts[observe.KindStderr], counts[observe.KindMessage], counts[observe.KindEnd], counts[observe.KindFinish]); got != "2 49 50 1 1" {
		t.Errorf("queued %s, want 2 starts, 49 lines of standard error, 50 messages, 1 end, 1 finish", got)
	}
	if n, _ := lost(losses); n != 51+50+1 || len(losses) != 2 {
		t.Errorf("%d are lost, of %d processes", n, len(losses))
	}
}

// TestAFloodOfClientsKeepsTheLossesBounded: nothing is lost uncounted.
func TestAFloodOfClientsKeepsTheLossesBounded(t *testing.T) {
	const clients = 2000
	q := observe.New(observe.Config{MaxBytes: 1 << 20, MaxItems: 0})
	for i := range clients {
		x := q.Begin(observe.Exchange{Upstream: "u", Transport: schema.TransportHTTP, HTTP: &observe.RequestHead{Verb: "POST", URL: "/",
			Header: http.Header{"Authorization": {fmt.Sprint("Bearer ", i)}}}}, time.Now())
		x.Message(schema.ClientToServer, body(10), time.Now())
	}
	_, losses := q.Take(nil)
	if n, bytes := lost(losses); n != clients || bytes != 10*clients || len(losses) > 300 {
		t.Errorf("%d losses count %d messages of %d bytes", len(losses), n, bytes)
	}
}

// TestAPausedQueueKeepsWhatMakesSessionsWhole: messages become losses, which wait, too.
func TestAPausedQueueKeepsWhatMakesSessionsWhole(t *testing.T) {
	q := observe.New(observe.Config{MaxBytes: 1 << 20, MaxItems: 100})
	x := process(q)
	if !q.Pause() || q.Pause() {
		t.Error("pausing is reported other than once")
	}
	x.Message(schema.ClientToServer, body(10), time.Now())
	x.Message(schema.ServerToClient, body(10), time.Now())
	x.Exit(observe.Exit{Reason: "exit"}, time.Now())
	if items, losses := q.Take(nil); len(items) != 2 || len(losses) != 0 {
		t.Errorf("%d items and %d losses while paused", len(items), len(losses))
	}
	q.Resume()
	items, losses := q.Take(nil)
	if n, _ := lost(losses); len(items) != 0 || n != 2 || losses[0].Reason != "spool_full" {
		t.Errorf("%d items behind the pause, losses %+v", len(items), losses)
	}
}

// TestAStrictPausedQueueStillTakesAnswers: capacity was reserved for them when their
// requests passed.
func TestAStrictPausedQueueStillTakesAnswers(t *testing.T) {
	q := observe.New(observe.Config{MaxBytes: 1 << 20, MaxItems: 100, Strict: true})
	x := process(q)
	q.Pause()
	if x.Message(schema.ClientToServer, body(10), time.Now()) {
		t.Error("a request passes that is not recorded")
	}
	if !x.Message(schema.ServerToClient, body(10), time.Now()) {
		t.Error("an answer is rejected although capacity was reserved for it")
	}
	items, losses := q.Take(nil)
	if rejected := q.Resume(); rejected != 1 || len(items) != 2 || len(losses) != 0 {
		t.Errorf("%d rejected, %d items, %d losses", rejected, len(items), len(losses))
	}
}
