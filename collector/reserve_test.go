package collector_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/collector"
	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/journal"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/schema"
)

// TestAFullSpoolsReserveIsForWhatATimelineCannotDoWithout records over a spool that is
// full, as spool.FullError has it: what is no control record is refused. Openings, ends
// and gaps must be control records, and messages must not.
func TestAFullSpoolsReserveIsForWhatATimelineCannotDoWithout(t *testing.T) {
	var full atomic.Bool
	full.Store(true)
	next := nextStage{t: t}
	var accepted []schema.Kind // of the publishing goroutine, until Run has returned
	publish := func(ctx context.Context, records []durable.Record) (refused []int, err error) {
		for i, r := range records {
			e, err := schema.Decode(r.Value)
			if err != nil {
				t.Errorf("recorded bytes do not decode: %v", err)
				continue
			}
			if !r.Control && full.Load() {
				refused = append(refused, i)
				continue
			}
			accepted = append(accepted, e.Kind)
		}
		_, err = next.publish(ctx, records)
		return refused, err
	}
	config := collector.Config{CollectorID: "test", HasCapacity: func() bool { return !full.Load() }, Self: &journal.Self{What: "start"}}
	rec := collector.New(config, publish)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- rec.Run(ctx, time.Minute) }()
	x := stdio(rec)
	x.Message(schema.ClientToServer, body(`{"method":"passes/unrecorded"}`), time.Now())
	waitFor(t, func() bool { return rec.Stats().Refused.Load() == 1 })
	x.Exit(observe.Exit{Reason: "exit"}, time.Now())
	waitFor(t, func() bool { return rec.Stats().Closed.Load() == 1 })
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if n := rec.Stats().Refused.Load(); n != 1 {
		t.Errorf("%d records were refused, want the one message", n)
	}
	for kind, want := range map[schema.Kind]int{schema.KindOpen: 2, schema.KindClose: 2, schema.KindGap: 1, schema.KindNotification: 0} {
		if n := len(slices.DeleteFunc(slices.Clone(accepted), func(k schema.Kind) bool { return k != kind })); n != want {
			t.Errorf("%d events of kind %s found space in the reserve, want %d", n, kind, want)
		}
	}
}
