package ship

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/spool"
)

var discard = slog.New(slog.DiscardHandler)

// TestEveryFlippedByteOfASpoolIsNamedWithItsCount flips each byte of 16 KiB in turn:
// what was accepted is what comes and what is named.
func TestEveryFlippedByteOfASpoolIsNamedWithItsCount(t *testing.T) {
	const count = 75
	t.Setenv("TMPDIR", inMemory(t))
	origin := t.TempDir()
	set := uuid.Must(uuid.NewV7())
	writer, err := spool.Open(spool.Options{Dir: origin, Epoch: set, SegmentBytes: 4096}, discard)
	if err != nil {
		t.Fatal(err)
	}
	for n := range uint64(count) {
		if err := writer.Append(t.Context(), []durable.Record{{Session: uuid.UUID{byte(n % 3)}, Seq: n / 3, CollectorSeq: n, Size: 100, Value: bytes.Repeat([]byte{byte(n)}, 145)}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(origin, "*", "*.seg"))
	flipped := 0
	for i, file := range files {
		good, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(file, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		put := func(b byte, offset int) {
			if _, err := f.WriteAt([]byte{b}, int64(offset)); err != nil {
				t.Fatal(err)
			}
		}
		for offset, b := range good {
			put(b^1<<(offset%8), offset)
			delivered, named := readAll(t, origin, set)
			flipped++
			// Nothing says what was at the very end if its heading cannot be read.
			last := i == len(files)-1 && len(good)-offset <= 145+72
			checkNamed(t, delivered, named, count, last)
			if t.Failed() {
				t.Fatalf("at offset %d of %s", offset, filepath.Base(file))
			}
			put(b, offset)
		}
		f.Close()
	}
	t.Logf("%d bytes in %d segments were flipped", flipped, len(files))
	if flipped < 16<<10 {
		t.Errorf("the spool has only %d bytes", flipped)
	}
}

// inMemory is a place for many small files, on no disk where there is one.
func inMemory(t *testing.T) string {
	if _, err := os.Stat("/dev/shm"); err == nil {
		return "/dev/shm"
	}
	return t.TempDir()
}

// readAll reads a dead process's set as the shipper does, and gives the numbers that
// came and what was named. The set stays as it is.
func readAll(t *testing.T, dir string, set uuid.UUID) (delivered map[uint64]bool, named []durable.Loss) {
	t.Helper()
	reader, err := spool.Open(spool.Options{Dir: dir, Epoch: uuid.Must(uuid.NewV7())}, discard)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if n, err := reader.Adopt(); n != 1 || err != nil {
		t.Fatalf("adopted %d, %v", n, err)
	}
	recorded := make(chan durable.Loss)
	s := &Shipper{Spool: reader, Log: discard,
		Damaged: func(_ context.Context, d durable.Loss) error { recorded <- d; return nil }}
	delivered = map[uint64]bool{}
	th := &numbering{epoch: set, recorded: map[spool.Position]bool{}}
	tells := uint64(0)
	for ended := false; !ended; {
		entries, err := reader.Next(t.Context(), batch)
		if err != nil {
			t.Fatal(err)
		}
		b, err := s.split(t.Context(), th, entries)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range b.from {
			delivered[e.CollectorSeq] = true
		}
		if ended = reader.Ended(entries[len(entries)-1].Position); ended && th.loss != nil {
			s.reportLoss(t.Context(), th.end())
		}
		for lost := s.Stats.Lost.Load(); tells < lost; {
			select {
			case d := <-recorded:
				named, tells = append(named, d), tells+d.Records
			case <-time.After(10 * time.Second):
				t.Fatalf("%d records are lost and %d named", lost, tells)
			}
		}
	}
	return delivered, named
}

func checkNamed(t *testing.T, delivered map[uint64]bool, named []durable.Loss, count uint64, last bool) {
	t.Helper()
	records := uint64(0)
	for _, d := range named {
		records += d.Records
		if d.Unknown && !last {
			t.Errorf("nobody knows how many records are lost: %+v", d)
		}
		for _, r := range d.Lost.Events {
			for n := r.From; n <= r.To; n++ {
				if delivered[n] || n >= count {
					t.Errorf("event %d is named as lost", n)
				}
			}
		}
	}
	if uint64(len(delivered))+records != count {
		t.Errorf("%d of %d came, %d are named: %+v", len(delivered), count, records, named)
	}
}
