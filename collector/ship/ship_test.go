package ship_test

import (
	"context"
	"encoding/binary"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/kafkasink"
	"github.com/mcptrail/mcptrail/collector/ship"
	"github.com/mcptrail/mcptrail/collector/spool"
	"github.com/mcptrail/mcptrail/deploy/testbed"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/kafkaconn"
	"github.com/segmentio/kafka-go"
)

func TestMain(m *testing.M) { testbed.Main(m) }

// way is a spool with a shipper to a real broker, and a store whose answers the test
// gives.
type way struct {
	t      *testing.T
	broker string
	spool  *spool.Spool
	*ship.Shipper

	// mu guards what follows, for the time of an answer.
	mu      sync.Mutex
	stored  func(ship.Run) ship.Run
	logs    map[kafkasink.Place]ship.Log
	damages []durable.Loss
	// questions that were answered.
	questions int
}

func newWay(t *testing.T, dir string) *way {
	t.Helper()
	brokers := testbed.Record(t)
	sink, err := kafkasink.New(kafkaconn.Options{Brokers: brokers}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	s, err := spool.Open(spool.Options{Dir: dir, Epoch: uuid.Must(uuid.NewV7()), SegmentBytes: 4096}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	w := &way{t: t, broker: brokers[0], spool: s, stored: func(run ship.Run) ship.Run { return ship.Run{Epoch: run.Epoch} }}
	w.Shipper = &ship.Shipper{Spool: s, Sink: sink, Stored: w.answer, Adopted: func(int) {}, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Damaged: func(_ context.Context, d durable.Loss) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.damages = append(w.damages, d)
			return nil
		}}
	return w
}

// run ships until the test or the returned function ends it.
func (w *way) run() (stop func()) {
	ctx, cancel := context.WithCancel(w.t.Context())
	var group sync.WaitGroup
	group.Go(func() { w.Run(ctx) })
	stop = sync.OnceFunc(func() {
		cancel()
		group.Wait()
		w.Sink.Close()
		w.spool.Close()
	})
	w.t.Cleanup(stop)
	return stop
}

func (w *way) answer(_ context.Context, runs []ship.Run) (ship.Receipts, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.questions++
	r := ship.Receipts{Logs: w.logs, Runs: map[uuid.UUID]ship.Run{}}
	for _, run := range runs {
		r.Runs[run.Epoch] = w.stored(run)
	}
	return r, nil
}

// store says from now on what the store has.
func (w *way) store(stored func(ship.Run) ship.Run) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stored = stored
}

// asked waits for so many questions more.
func (w *way) asked(n int) {
	w.t.Helper()
	count := func() int {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.questions
	}
	from := count()
	waitFor(w.t, "questions", func() bool { return count() >= from+n })
}

// everything is a store that has all that it is asked for.
func everything(run ship.Run) ship.Run { return run }

func (w *way) end() int {
	w.t.Helper()
	conn, err := kafka.DialLeader(w.t.Context(), "tcp", w.broker, schema.TopicEvents, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	defer conn.Close()
	end, err := conn.ReadLastOffset()
	if err != nil {
		w.t.Fatal(err)
	}
	return int(end)
}

func (w *way) append(from, to uint64) {
	w.t.Helper()
	var list []durable.Record
	for n := from; n < to; n++ {
		list = append(list, durable.Record{Session: uuid.UUID{1}, Seq: n, CollectorSeq: n, Size: 8, Value: binary.BigEndian.AppendUint64(make([]byte, 92), n)})
	}
	if err := w.spool.Append(w.t.Context(), list); err != nil {
		w.t.Fatal(err)
	}
}

func waitFor(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !condition(); {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
		<-time.After(2 * time.Millisecond)
	}
}

func TestNothingIsFreedOnKafkasAnswer(t *testing.T) {
	dir := t.TempDir()
	w := newWay(t, dir)
	before := w.end()
	w.run()
	w.append(0, 200)
	waitFor(t, "all to be published", func() bool { return w.end() == before+200 })
	w.asked(3) // and nothing is stored
	if n := w.spool.Unfreed(); n != 200 {
		t.Fatalf("%d of 200 are unfreed and nothing is stored", n)
	}
	w.store(func(run ship.Run) ship.Run {
		run.Events = []ship.Range{{From: 0, To: 98}, {From: 100, To: 199}}
		return run
	})
	w.asked(3)
	if n := w.spool.Unfreed(); n < 101 {
		t.Fatalf("%d of 200 are unfreed, and record 99 is not stored", n)
	}
	w.store(everything)
	waitFor(t, "all to be freed", func() bool { return w.spool.Unfreed() == 0 })
	if left, _ := w.Drain(t.Context()); left != 0 {
		t.Errorf("%d left", left)
	}
}

func TestWhatADeadCollectorLeftIsShippedAndItsDamageNamed(t *testing.T) {
	dir := t.TempDir()
	dead := newWay(t, dir)
	dead.append(0, 30)
	dead.append(30, 100)
	dead.spool.Close()
	flip(t, dir, 10) // in the value of a record
	w := newWay(t, dir)
	before := w.end()
	w.run()
	waitFor(t, "the rest to be published", func() bool { return w.end() == before+99 })
	waitFor(t, "the damage to be named", func() bool { w.mu.Lock(); defer w.mu.Unlock(); return len(w.damages) == 1 })
	d := w.damages[0]
	if d.Records != 1 || d.Unknown || len(d.Events) != 1 || d.Events[0].Seq != 10 || len(d.Lost.Events) != 1 || d.Lost.Events[0].From != 10 || d.Lost.Events[0].To != 10 {
		t.Errorf("named %+v", d)
	}
	// The broker forgets, and all of it is read again: the damage is named once.
	w.mu.Lock()
	published := w.Stats.Published.Load()
	w.mu.Unlock()
	w.spool.Rewind()
	waitFor(t, "the rest to be published again", func() bool { return w.Stats.Published.Load() >= published+99 })
	if w.mu.Lock(); len(w.damages) != 1 {
		t.Errorf("named %d times: %+v", len(w.damages), w.damages)
	}
	w.mu.Unlock()
	w.store(everything)
	waitFor(t, "the dead one's spool to be gone", func() bool { left, _ := spool.Status(dir); return len(left) == 0 })
}

// flip damages the value of record n of the only set, whose first segment has 48 bytes
// before the first frame.
func flip(t *testing.T, dir string, n int) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.seg"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no segments: %v", err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	const frame = 72 + 100
	data[len(data)%frame+n*frame+frame-4] ^= 0x40
	if err := os.WriteFile(files[0], data, 0o600); err != nil {
		t.Fatal(err)
	}
}
