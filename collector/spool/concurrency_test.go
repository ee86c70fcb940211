package spool

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
)

// Two processes' worth of spools over one directory, each with appenders that wait for
// room, a shipper, receipts that come late, and starts over. Every record must come at
// least once, in order but for starts over, and nothing may stay.
func TestAllAtOnceInLittleRoom(t *testing.T) {
	const appenders, each = 3, 600
	dir := t.TempDir()
	tight := func(o *Options) { o.MaxBytes, o.Reserve, o.SegmentBytes = 200_000, 10_000, 5_000 }
	for range 3 {
		dead := open(t, dir, tight)
		mustAppend(t, dead, records(0, 30, 100))
		dead.Close()
	}
	var all sync.WaitGroup
	seen := make(chan Entry)
	for p := range 2 {
		s := open(t, dir, tight)
		ctx, stop := context.WithCancel(t.Context())
		var writing, shipping sync.WaitGroup
		for a := range appenders {
			writing.Go(func() {
				first := uint64(p*appenders+a+1) * base
				for n := first; n < first+each; {
					if err := s.WaitCapacity(ctx, 5000); err != nil {
						t.Error(err)
						return
					}
					err := s.Append(ctx, records(n, n+3, 100))
					var full *FullError
					switch {
					case err == nil:
						n += 3
					case errors.As(err, &full):
						n += uint64(full.Refused[0])
					default:
						t.Error(err)
						return
					}
				}
			})
		}
		receipts := make(chan Position, 20)
		shipping.Go(func() {
			defer close(receipts)
			for i := 1; ; i++ {
				entries, err := s.Next(ctx, 10)
				if errors.Is(err, context.Canceled) {
					return
				} else if err != nil {
					t.Error(err)
					return
				}
				for _, e := range entries {
					seen <- e
				}
				receipts <- entries[len(entries)-1].Position
				if i%50 == 0 {
					s.Rewind()
					if _, err := s.Adopt(); err != nil {
						t.Error(err)
					}
				}
			}
		})
		shipping.Go(func() {
			for p := range receipts {
				if err := s.Free(p); err != nil {
					t.Error(err)
				}
			}
		})
		all.Go(func() {
			writing.Wait()
			for used := int64(1); used > 0; { // all receipts are in
				s.mu.Lock()
				used = 0
				for _, set := range s.sets {
					if set.freed.before(set.at) || set != s.own || len(set.segments) > 0 && !atEnd(set.at, set.segments[len(set.segments)-1]) {
						used++
					}
				}
				s.mu.Unlock()
				signal(s.readable)
			}
			stop()
			shipping.Wait()
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	go func() {
		all.Wait()
		close(seen)
	}()
	got := map[uint64]bool{}
	for e := range seen {
		if e.Damage != nil {
			t.Fatalf("damage out of nothing: %v", e.Damage)
		}
		check(t, e, record(e.Seq, 100))
		if e.Seq >= base && e.Seq%base > 0 && !got[e.Seq-1] {
			t.Errorf("record %d before the one before it", e.Seq)
		}
		got[e.Seq] = true
	}
	if want := 2*appenders*each + 30; len(got) != want {
		t.Errorf("%d of %d records", len(got), want)
	}
	s := open(t, dir)
	mustAdopt(t, s)
	if n := diskUse(t, dir); n != 0 {
		t.Errorf("%d bytes stay", n)
	}
}

// base keeps the numbers of appenders apart.
const base = 1_000_000

// What was read and not yet handed out must not be freed with what was handed out
// before it.
func TestFreeingWhileReadingFreesOnlyWhatWasDelivered(t *testing.T) {
	s := open(t, t.TempDir())
	defer s.Close()
	mustAppend(t, s, records(0, 5000, 8))
	first, err := s.readNext(1)
	if err != nil {
		t.Fatal(err)
	}
	var delivered atomic.Pointer[Position]
	delivered.Store(&first[0].Position)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for n := uint64(5000); n < 6000; n++ {
			entries, err := s.readNext(5000)
			if err != nil {
				t.Error(err)
				return
			}
			if len(entries) > 0 {
				delivered.Store(&entries[len(entries)-1].Position)
			}
			if err := s.Append(context.Background(), records(n, n+1, 8)); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	for {
		p := *delivered.Load()
		mustFree(t, s, p)
		s.mu.Lock()
		freed := s.own.freed
		s.mu.Unlock()
		if freed.Number > p.Number {
			t.Fatalf("freed up to record %d, delivered up to %d", freed.Number, p.Number)
		}
		select {
		case <-done:
			return
		default:
		}
	}
}
