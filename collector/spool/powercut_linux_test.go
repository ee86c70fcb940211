package spool

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"

	"github.com/mcptrail/mcptrail/deploy/testbed/lossy"
	"github.com/mcptrail/mcptrail/deploy/testbed/soak"
)

// writers append side by side, each from its own multiple of base.
const writers = 3

func TestPowerCutTakesNothingAcknowledged(t *testing.T) {
	luck := rand.New(rand.NewPCG(soak.Seed(t), 0))
	torn := 0
	for range soak.Count(100, 2000) {
		l := lossy.New(luck)
		mounted, unmount := l.Mount(t)
		s := open(t, filepath.Join(mounted, "var", "spool"), small)
		acknowledged := appendUntilCut(luck, l, s)
		s.Close() // all of it fails
		unmount()
		after := t.TempDir()
		l.Restore(t, after)

		s = open(t, filepath.Join(after, "var", "spool"), small)
		mustAdopt(t, s)
		next := map[uint64]uint64{}
		for _, e := range all(t, s) {
			if e.Damage != nil {
				torn++
				continue
			}
			check(t, e, record(e.Seq, 200))
			if w := e.Seq / base; e.Seq%base != next[w] {
				t.Fatalf("writer %d: record %d, want %d", w, e.Seq%base, next[w])
			}
			next[e.Seq/base]++
		}
		for w, n := range acknowledged {
			if next[uint64(w)] < n {
				t.Fatalf("writer %d: %d records were acknowledged, %d came back", w, n, next[uint64(w)])
			}
		}
		s.Close()
	}
	t.Logf("%d ends or middles were torn", torn)
	if torn == 0 {
		t.Error("no cut tore anything")
	}
}

// appendUntilCut appends from several sides until the power goes, and returns how many
// records of each were acknowledged.
func appendUntilCut(luck *rand.Rand, l *lossy.FS, s *Spool) (acknowledged [writers]uint64) {
	l.CutAfter(1 + luck.IntN(400))
	var group sync.WaitGroup
	for w := range uint64(writers) {
		group.Go(func() {
			for n := uint64(0); ; n += 2 {
				if err := s.Append(context.Background(), records(w*base+n, w*base+n+2, 200)); err != nil {
					return
				}
				acknowledged[w] = n + 2
			}
		})
	}
	group.Wait()
	return acknowledged
}

func TestFailedFsyncIsNeverTrustedAgain(t *testing.T) {
	for _, failures := range []int{1, 2, 5} {
		t.Run(fmt.Sprint(failures, " in a row"), func(t *testing.T) {
			l := lossy.New(rand.New(rand.NewPCG(1, 1)))
			mounted, unmount := l.Mount(t)
			s := open(t, filepath.Join(mounted, "spool"), func(o *Options) { o.Reserve = 4096 })
			mustAppend(t, s, records(0, 3, 200))
			left := failures
			l.FailSync(func() bool { left--; return left >= 0 })
			refused := 0
			for n := uint64(3); n < 30; {
				err := s.Append(context.Background(), records(n, n+3, 200))
				switch {
				case err == nil:
					n += 3
				case errors.Is(err, ErrFull):
					t.Fatal("a broken disk is not a full one")
				default:
					refused++
				}
			}
			if want := failures / 2; refused != want || s.stats.Faults.Load() == 0 {
				t.Fatalf("%d calls failed, want %d; %d faults", refused, want, s.stats.Faults.Load())
			}
			inOrder(t, all(t, s), 30)
			l.Cut()
			s.Close()
			unmount()
			after := t.TempDir()
			l.Restore(t, after)
			s = open(t, filepath.Join(after, "spool"))
			mustAdopt(t, s)
			inOrder(t, all(t, s), 30)
		})
	}
}

// inOrder fails unless entries are the records 0 to count of 200 bytes, each once.
func inOrder(t *testing.T, entries []Entry, count int) {
	t.Helper()
	if len(entries) != count {
		t.Fatalf("%d of %d records", len(entries), count)
	}
	for i, e := range entries {
		check(t, e, record(uint64(i), 200))
	}
}
