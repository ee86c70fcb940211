package spool

import (
	"context"
	"errors"
	"runtime"
	"testing"

	"github.com/mcptrail/mcptrail/collector/durable"
)

// control makes a control record.
func control(n uint64) durable.Record {
	r := record(n, 100)
	r.Control = true
	return r
}

func TestReserveIsForControlRecords(t *testing.T) {
	s := open(t, t.TempDir(), func(o *Options) { o.MaxBytes, o.Reserve, o.SegmentBytes = 50_000, 10_000, 4_000 })
	fillAndRecover(t, s, 20)
}

// fillAndRecover appends messages until there is no room, then as many control
// records, frees everything, and appends again. All that was accepted must come, in
// order.
func fillAndRecover(t *testing.T, s *Spool, controls int) {
	t.Helper()
	ctx := context.Background()
	var accepted []durable.Record
	n := uint64(0)
	var full *FullError
	for ; full == nil; n++ {
		err := s.Append(ctx, records(n, n+1, 500))
		if err == nil {
			accepted = append(accepted, record(n, 500))
		} else if !errors.As(err, &full) || !errors.Is(err, ErrFull) {
			t.Fatal(err)
		}
	}
	if len(accepted) < 50 {
		t.Fatalf("full after %d messages", len(accepted))
	}
	for range controls {
		err := s.Append(ctx, []durable.Record{record(n, 500), control(n + 1), record(n+2, 8)})
		if !errors.As(err, &full) || len(full.Refused) != 2 || full.Refused[0] != 0 || full.Refused[1] != 2 {
			t.Fatalf("after %d records: %v", len(accepted), err)
		}
		accepted = append(accepted, control(n+1))
		n += 3
	}
	if room := s.Capacity(); room >= 564 {
		t.Fatalf("full, but room for %d bytes", room)
	}
	waited := make(chan error, 1)
	go func() { waited <- s.WaitCapacity(ctx, 564) }()
	entries := all(t, s)
	if len(entries) != len(accepted) {
		t.Fatalf("%d of %d came", len(entries), len(accepted))
	}
	for i, e := range entries {
		check(t, e, accepted[i])
	}
	mustFree(t, s, entries[len(entries)-1].Position)
	if err := <-waited; err != nil {
		t.Fatal(err)
	}
	mustAppend(t, s, records(n, n+1, 500))
	check(t, all(t, s)[0], record(n, 500))
}

func TestLimitIsForAllProcesses(t *testing.T) {
	dir := t.TempDir()
	limit := func(o *Options) { o.MaxBytes, o.Reserve, o.SegmentBytes = 100_000, 5_000, 4_000 }
	one, two := open(t, dir, limit), open(t, dir, limit)
	for n := uint64(0); ; n++ {
		a := one.Append(context.Background(), records(n, n+1, 500))
		one.appender.budget.othersAt, two.appender.budget.othersAt = one.appender.budget.othersAt.AddDate(-1, 0, 0), two.appender.budget.othersAt.AddDate(-1, 0, 0)
		b := two.Append(context.Background(), records(n, n+1, 500))
		if errors.Is(a, ErrFull) && errors.Is(b, ErrFull) {
			break
		}
	}
	if n := diskUse(t, dir); n > 100_000 || n < 90_000 {
		t.Fatalf("%d bytes on disk", n)
	}
	mustFree(t, two, all(t, two)[0].Position)
	all := all(t, one)
	mustFree(t, one, all[len(all)-1].Position)
	if err := two.WaitCapacity(context.Background(), 10_000); err != nil {
		t.Fatal(err)
	}
}

func TestOneFsyncServesAllWhoWait(t *testing.T) {
	s := open(t, t.TempDir())
	mustAppend(t, s, records(0, 1, 10))
	s.tail.writing <- struct{}{}
	done := make(chan error)
	const callers = 8
	for c := range uint64(callers) {
		go func() { done <- s.Append(context.Background(), records(c*100, c*100+100, 50)) }()
	}
	waiting := func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.pending)
	}
	for waiting() < callers {
		runtime.Gosched()
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Append(ctx, records(900, 901, 10)); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	before := s.stats.Groups.Load()
	<-s.tail.writing
	for range callers {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if n := s.stats.Groups.Load() - before; n != 1 {
		t.Errorf("%d fsyncs", n)
	}
	entries := all(t, s)[1:]
	if len(entries) != callers*100 {
		t.Fatalf("%d records", len(entries))
	}
	for i, e := range entries {
		if i%100 != 0 && e.Seq != entries[i-1].Seq+1 {
			t.Fatalf("record %d behind %d", e.Seq, entries[i-1].Seq)
		}
	}
}
