package faults

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/segmentio/kafka-go"

	"github.com/mcptrail/mcptrail/collector"
	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/journal"
	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/collector/sealer"
	"github.com/mcptrail/mcptrail/schema"
)

const (
	batches   = 10_000
	exchanges = 2_000
	filler    = 100
)

// TestBatchesThatComeTwiceAndInAnyOrder puts what a collector made into the topics in
// 10,000 batches, each at least once, some several times, in an order of luck.
func TestBatchesThatComeTwiceAndInAnyOrder(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	records := record(t, filepath.Join(s.dir, "identity.key"))
	o := &oracle{heard: make(chan struct{}), config: oracleConfig{Filler: filler}}
	var list [][]kafka.Message
	for n := 0; n < len(records); {
		some := records[n:min(n+1+s.luck.IntN(3), len(records))]
		n += len(some)
		var batch []kafka.Message
		for _, r := range some {
			if r.Seal {
				list = append(list, []kafka.Message{{Topic: schema.TopicSeals, Key: []byte("oracle"), Value: r.Value}})
				continue
			}
			batch = append(batch, kafka.Message{Topic: schema.TopicEvents, Key: r.Session[:], Value: r.Value})
			o.events = append(o.events, accepted{session: r.Session, seq: r.Seq, collectorSeq: r.CollectorSeq, hash: schema.LeafHash(r.Value)})
		}
		if len(batch) > 0 {
			list = append(list, batch)
		}
	}
	for once := len(list); len(list) < batches; {
		list = append(list, list[s.luck.IntN(once)])
	}
	s.luck.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	s.oracles = append(s.oracles, o)
	s.write(list)
	took := s.visible()
	c := s.check()
	t.Logf("%d batches of %d records: everything visible %v after the last", len(list), len(records), took)
	if c.repeated < batches/10 || c.lost > 0 || c.named > 0 {
		t.Errorf("the batches came to %+v", c)
	}
}

// write publishes each batch by itself, from several sides.
func (s *stack) write(list [][]kafka.Message) {
	s.t.Helper()
	work := make(chan []kafka.Message)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			w := &kafka.Writer{Addr: kafka.TCP(s.toBroker.addr()), Balancer: &kafka.Hash{}, RequiredAcks: kafka.RequireAll, BatchTimeout: time.Millisecond}
			defer w.Close()
			for batch := range work {
				for w.WriteMessages(s.t.Context(), batch...) != nil && s.t.Context().Err() == nil {
					// A disk that is slow makes it come once more.
				}
			}
		})
	}
	for _, batch := range list {
		work <- batch
	}
	close(work)
	group.Wait()
}

// record has a collector make events and seals, and returns them in order.
func record(t *testing.T, identityFile string) (records []durable.Record) {
	t.Helper()
	rec := collector.New(collector.Config{CollectorID: "oracle", Self: &journal.Self{What: "start"},
		Seal: func(epoch uuid.UUID, now time.Time) (*sealer.Sealer, error) {
			identity, err := sealer.LoadIdentity(identityFile, "oracle", "")
			if err != nil {
				return nil, err
			}
			return sealer.Begin(identity, "default", "oracle", epoch, now)
		}}, func(_ context.Context, made []durable.Record) ([]int, error) {
		records = append(records, made...)
		return nil, nil
	})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan error, 1)
	go func() { done <- rec.Run(ctx, time.Minute) }()
	var open []*observe.Exchange
	for range 3 {
		open = append(open, rec.Queue().Begin(observe.Exchange{Upstream: "oracle", Transport: schema.TransportStdio, Process: &observe.Process{}}, time.Now()))
	}
	for n := range exchanges {
		for session, x := range open {
			if err := rec.Queue().WaitForCapacity(ctx); err != nil {
				t.Fatal(err)
			}
			for _, d := range []schema.Direction{schema.ClientToServer, schema.ServerToClient} {
				x.Message(d, message.Copy(body(d, 0, session, n, filler), 1<<20), time.Now())
			}
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return records
}
