package spool

import (
	"os"
	"testing"
	"time"
)

func TestStatusTellsLivingFromDead(t *testing.T) {
	dir := t.TempDir()
	began := time.Now()
	dead := open(t, dir, small)
	mustAppend(t, dead, records(0, 10, 100))
	for n := uint64(10); n < 50; n += 10 {
		mustAppend(t, dead, records(n, n+10, 100))
	}
	entries := all(t, dead)
	mustFree(t, dead, entries[24].Position)
	if err := dead.Close(); err != nil {
		t.Fatal(err)
	}
	living := open(t, dir, small)
	mustAppend(t, living, records(0, 7, 100))

	list, err := Status(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 2 {
		t.Fatalf("%d sets", len(list))
	}
	for i, want := range []struct {
		spool    *Spool
		held     bool
		waiting  uint64
		segments int
	}{{dead, false, 25, 2}, {living, true, 7, 1}} {
		got := list[i]
		if got.Epoch != want.spool.options.Epoch || got.Held != want.held || got.Waiting != want.waiting || got.Segments != want.segments {
			t.Errorf("set %d: %+v, want %+v", i, got, want)
		}
		if got.PID != os.Getpid() || got.Bytes < int64(want.waiting)*164 || got.Oldest.Before(began) || got.Oldest.After(time.Now()) {
			t.Errorf("set %d: %+v", i, got)
		}
	}
	if !list[0].Oldest.Equal(entries[25].Time) {
		t.Errorf("oldest is %v, want %v", list[0].Oldest, entries[25].Time)
	}
	if n := mustAdopt(t, living); n != 1 {
		t.Fatalf("adopted %d", n)
	}
	if list, _ = Status(dir); !list[0].Held {
		t.Error("an adopted set counts as dead")
	}
}

func TestWrongCursorIsNotBelieved(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, small)
	mustAppend(t, s, records(0, 5, 100))
	places := all(t, s)
	set := s.own.dir
	s.Close()
	good := places[2].Position
	for name, change := range map[string]func(p *Position){
		"inside a record": func(p *Position) { p.Offset++ },
		"wrong number":    func(p *Position) { p.Number++ },
		"behind the end":  func(p *Position) { p.Offset += 1 << 20; p.Number = 90 },
		"other segment":   func(p *Position) { p.Segment += 5 },
		"other set":       func(p *Position) { p.Set[0]++ },
	} {
		p := good
		change(&p)
		if err := writeCursor(set, p); err != nil {
			t.Fatal(err)
		}
		if n := count(t, dir); n != 5 {
			t.Errorf("%s: %d of 5 records", name, n)
		}
	}
	if err := writeCursor(set, good); err != nil {
		t.Fatal(err)
	}
	if n := count(t, dir); n != 2 {
		t.Errorf("a good cursor leaves %d of 2 records", n)
	}
}

// count adopts what is there and counts it.
func count(t *testing.T, dir string) int {
	s := open(t, dir)
	defer s.Close()
	mustAdopt(t, s)
	return len(all(t, s))
}

func BenchmarkNext(b *testing.B) {
	s := open(b, b.TempDir(), func(o *Options) { o.MaxBytes = 8 << 30 })
	for n := uint64(0); n < 100_000; n += 1000 {
		mustAppend(b, s, records(n, n+1000, 1100))
	}
	b.SetBytes(100_000 * 1100)
	for b.Loop() {
		s.Rewind()
		n := 0
		for n < 100_000 {
			entries, err := s.readNext(1000)
			if err != nil {
				b.Fatal(err)
			}
			n += len(entries)
		}
	}
	b.ReportMetric(float64(b.N)*100_000/b.Elapsed().Seconds(), "events/s")
}
