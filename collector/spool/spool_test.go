package spool

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector/durable"
)

// open opens a spool in dir as a new process would, closed with the test.
func open(t testing.TB, dir string, change ...func(*Options)) *Spool {
	t.Helper()
	options := Options{Dir: dir, Epoch: uuid.Must(uuid.NewV7())}
	for _, c := range change {
		c(&options)
	}
	s, err := Open(options, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	s.retry = time.Millisecond
	t.Cleanup(func() { s.Close() })
	return s
}

func small(o *Options) { o.SegmentBytes, o.Reserve = 2048, 4096 }

// record makes one whose value tells its number and is size bytes long.
func record(n uint64, size int) durable.Record {
	value := make([]byte, max(size, 8))
	binary.BigEndian.PutUint64(value, n)
	for i := 8; i < len(value); i++ {
		value[i] = byte(n) + byte(i)
	}
	return durable.Record{Session: uuid.UUID{1, byte(n)}, Seq: n, CollectorSeq: 3 * n, Size: uint64(len(value)), Seal: n%7 == 6, Value: value}
}

func records(from, to uint64, size int) (list []durable.Record) {
	for n := from; n < to; n++ {
		list = append(list, record(n, size))
	}
	return list
}

func mustAppend(t testing.TB, s *Spool, list []durable.Record) {
	t.Helper()
	if err := s.Append(context.Background(), list); err != nil {
		t.Fatal(err)
	}
}

func mustAdopt(t testing.TB, s *Spool) int {
	t.Helper()
	n, err := s.Adopt()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func mustFree(t testing.TB, s *Spool, p Position) {
	t.Helper()
	if err := s.Free(p); err != nil {
		t.Fatal(err)
	}
}

// all reads what is there now.
func all(t testing.TB, s *Spool) (list []Entry) {
	t.Helper()
	for {
		entries, err := s.readNext(100)
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) == 0 {
			return list
		}
		list = append(list, entries...)
	}
}

// check fails unless e holds what record made.
func check(t testing.TB, e Entry, want durable.Record) {
	t.Helper()
	if e.Damage != nil {
		t.Fatalf("record %d: %v", want.Seq, e.Damage)
	}
	if !reflect.DeepEqual(e.Record, want) {
		t.Fatalf("got record %d of %d bytes, want %d of %d", e.Seq, len(e.Value), want.Seq, len(want.Value))
	}
}

func TestWhatIsNotFreedComesAgain(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, small)
	for n := uint64(0); n < 100; n += 10 {
		mustAppend(t, s, records(n, n+10, 100))
	}
	first := all(t, s)
	if len(first) != 100 {
		t.Fatalf("%d of 100 delivered", len(first))
	}
	mustFree(t, s, first[41].Position)
	s.Rewind()
	for i, e := range all(t, s) {
		check(t, e, record(uint64(42+i), 100))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir)
	if n := mustAdopt(t, s); n != 1 {
		t.Fatalf("adopted %d sets", n)
	}
	again := all(t, s)
	if len(again) != 58 {
		t.Fatalf("%d came again, want 58", len(again))
	}
	for i, e := range again {
		check(t, e, record(uint64(42+i), 100))
	}
	mustFree(t, s, again[57].Position)
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Fatalf("left in the directory: %v", left)
	}
}

func TestNextWaitsForAppend(t *testing.T) {
	s := open(t, t.TempDir())
	got := make(chan []Entry)
	go func() {
		entries, _ := s.Next(context.Background(), 10)
		got <- entries
	}()
	mustAppend(t, s, records(7, 8, 50))
	check(t, (<-got)[0], record(7, 50))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Next(ctx, 10); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	go func() {
		_, err := s.Next(context.Background(), 10)
		if errors.Is(err, ErrClosed) {
			close(got)
		}
	}()
	s.Close()
	<-got
}

func TestModesAreForTheOwnerAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spool")
	s := open(t, dir)
	mustAppend(t, s, records(0, 1, 10))
	mustFree(t, s, all(t, s)[0].Position)
	files := 0
	filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		info, _ := d.Info()
		want := os.FileMode(fileMode)
		if d.IsDir() {
			want = dirMode
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s is %v", path, info.Mode())
		}
		files++
		return nil
	})
	if files < 5 { // two folders, lock, reserve, segment
		t.Fatalf("only %d files", files)
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, batch := range []int{1, 16, 128, 1024} {
		b.Run(fmt.Sprint(batch), func(b *testing.B) {
			list := records(0, uint64(batch), 1100)
			s := open(b, b.TempDir(), func(o *Options) { o.MaxBytes = 64 << 30 })
			b.SetBytes(int64(batch) * 1100)
			for b.Loop() {
				mustAppend(b, s, list)
			}
			b.ReportMetric(float64(b.N)*float64(batch)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// BenchmarkRawWrites is the floor: one write and one fsync a batch, and nothing else.
func BenchmarkRawWrites(b *testing.B) {
	for _, batch := range []int{1, 16, 128, 1024} {
		b.Run(fmt.Sprint(batch), func(b *testing.B) {
			f, err := os.Create(filepath.Join(b.TempDir(), "raw"))
			if err != nil {
				b.Fatal(err)
			}
			buf := make([]byte, batch*1100)
			b.SetBytes(int64(len(buf)))
			for b.Loop() {
				if _, err := f.Write(buf); err != nil {
					b.Fatal(err)
				}
				if err := f.Sync(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*float64(batch)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
