package stdio

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/collector"
	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/deploy/testbed/wait"
	"github.com/mcptrail/mcptrail/schema"
)

type discard struct{ io.Writer }

func (discard) Close() error { return nil }

func TestNothingIsRecordedAfterTheEnd(t *testing.T) {
	var kinds []schema.Kind
	rec := collector.New(collector.Config{CollectorID: "test"}, func(_ context.Context, records []durable.Record) ([]int, error) {
		for _, r := range records {
			e, err := schema.Decode(r.Value)
			if err != nil {
				return nil, err
			}
			kinds = append(kinds, e.Kind)
		}
		return nil, nil
	})
	p := &tap{max: 1024, x: rec.Queue().Begin(observe.Exchange{Transport: schema.TransportStdio, Process: &observe.Process{}}, time.Now())}
	src, w := io.Pipe()
	done := p.pump(discard{io.Discard}, src, schema.ClientToServer, p.message(schema.ClientToServer))
	io.WriteString(w, "in time\n")
	io.WriteString(w, "too") // is read when the first line is done with
	p.end(observe.Exit{Reason: "exit"})
	io.WriteString(w, " late\nand without an end")
	w.Close()
	wait.Receive(t, "the pump to end", done)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := rec.Run(ctx, time.Second); err != nil {
		t.Fatal(err)
	}
	if len(kinds) != 3 || kinds[2] != schema.KindClose {
		t.Errorf("recorded %s, want open, noise, close", kinds)
	}
}
