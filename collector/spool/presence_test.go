//go:build unix

package spool

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// ways are what may happen to the directory of a spool that is in use. epoch is a set in it.
var ways = map[string]func(t *testing.T, dir, epoch string){
	"removed": func(t *testing.T, dir, _ string) { must(t, os.RemoveAll(dir)) },
	"removed and made again": func(t *testing.T, dir, _ string) {
		must(t, os.RemoveAll(dir))
		must(t, os.Mkdir(dir, dirMode))
	},
	"moved": func(t *testing.T, dir, _ string) { must(t, os.Rename(dir, dir+"-moved")) },
	"replaced by a copy": func(t *testing.T, dir, _ string) {
		must(t, os.Rename(dir, dir+"-moved"))
		must(t, os.CopyFS(dir, os.DirFS(dir+"-moved")))
	},
	"a set removed":  func(t *testing.T, dir, epoch string) { must(t, os.RemoveAll(filepath.Join(dir, epoch))) },
	"a lock removed": func(t *testing.T, dir, epoch string) { must(t, os.Remove(filepath.Join(dir, epoch, lockName))) },
	"the segments removed": func(t *testing.T, dir, epoch string) {
		files, err := filepath.Glob(filepath.Join(dir, epoch, "*"+segmentSuffix))
		must(t, err)
		for _, f := range files {
			must(t, os.Remove(f))
		}
	},
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// numbersOf fails for damage, and for a record that is none of those that record makes.
func numbersOf(t *testing.T, entries []Entry, size int) map[uint64]bool {
	t.Helper()
	seen := map[uint64]bool{}
	for _, e := range entries {
		if e.Damage != nil {
			t.Fatalf("damage: %v", e.Damage)
		}
		check(t, e, record(e.Seq, size))
		seen[e.Seq] = true
	}
	return seen
}

// TestWhatWasAcknowledgedOutlivesItsDirectory breaks the directory of a spool that is written
// to, and has another process read what is there after the end of the first.
func TestWhatWasAcknowledgedOutlivesItsDirectory(t *testing.T) {
	for name, damage := range ways {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "spool")
			s := open(t, dir, small)
			for n := uint64(0); n < 60; n += 5 {
				mustAppend(t, s, records(n, n+5, 200))
			}
			first, err := s.Next(context.Background(), 3)
			must(t, err)
			mustFree(t, s, first[2].Position)
			damage(t, dir, s.options.Epoch.String())
			s.appender.presence.restoredAt = s.appender.presence.restoredAt.AddDate(-1, 0, 0) // as after a second
			mustAppend(t, s, records(60, 70, 200))
			if n := s.stats.Replaced.Load(); n != 1 {
				t.Errorf("noticed %d times", n)
			}
			seen := numbersOf(t, append(first, all(t, s)...), 200)
			if len(seen) != 70 {
				t.Errorf("%d of 70 records are delivered", len(seen))
			}
			must(t, s.Close())
			next := open(t, dir)
			if n := mustAdopt(t, next); n != 1 {
				t.Fatalf("%d sets are left", n)
			}
			seen = numbersOf(t, all(t, next), 200)
			for n := uint64(3); n < 70; n++ {
				if !seen[n] {
					t.Errorf("record %d was acknowledged and is gone", n)
				}
			}
		})
	}
}

// TestAnIdleSpoolNoticesThatItsDirectoryIsGone has nothing appended: who asks for the capacity
// finds what waits in a directory again.
func TestAnIdleSpoolNoticesThatItsDirectoryIsGone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spool")
	s := open(t, dir, small)
	mustAppend(t, s, records(0, 40, 200))
	must(t, os.RemoveAll(dir))
	if s.Capacity() == 0 {
		t.Error("no capacity in a directory that was made again")
	}
	must(t, s.Close())
	next := open(t, dir)
	mustAdopt(t, next)
	if seen := numbersOf(t, all(t, next), 200); len(seen) != 40 {
		t.Errorf("%d of 40 records are there", len(seen))
	}
}

// TestWhatADeadProcessLeftOutlivesItsDirectory removes a directory of which a living process
// has adopted a set.
func TestWhatADeadProcessLeftOutlivesItsDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spool")
	dead := open(t, dir, small)
	mustAppend(t, dead, records(0, 40, 200))
	must(t, dead.Close())
	s := open(t, dir, small)
	mustAppend(t, s, records(100, 101, 200))
	mustAdopt(t, s)
	must(t, os.RemoveAll(dir))
	s.appender.presence.restoredAt = s.appender.presence.restoredAt.AddDate(-1, 0, 0)
	mustAppend(t, s, records(101, 102, 200))
	must(t, s.Close())
	next := open(t, dir)
	if n := mustAdopt(t, next); n != 2 {
		t.Fatalf("%d sets are left, want two", n)
	}
	if seen := numbersOf(t, all(t, next), 200); len(seen) != 42 {
		t.Errorf("%d of 42 records are there", len(seen))
	}
}

// TestADirectoryThatIsRemovedBeforeTheFirstRecord has no set yet.
func TestADirectoryThatIsRemovedBeforeTheFirstRecord(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spool")
	s := open(t, dir, small)
	must(t, os.RemoveAll(dir))
	mustAdopt(t, s)
	mustAppend(t, s, records(0, 1, 200))
}

// TestSegmentsBeyondTheOpenOnesAreNamed removes more segments than are held open: what is
// nowhere any more is damage of a known count.
func TestSegmentsBeyondTheOpenOnesAreNamed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spool")
	s := open(t, dir, func(o *Options) { o.SegmentBytes, o.Reserve = 1, 4096 })
	for n := range uint64(maxHeld + 10) {
		mustAppend(t, s, records(n, n+1, 200))
	}
	must(t, os.RemoveAll(dir))
	mustAppend(t, s, records(maxHeld+10, maxHeld+11, 200))
	lost, seen := uint64(0), 0
	for _, e := range all(t, s) {
		if e.Damage == nil {
			seen++
		} else if lost += e.Damage.To - e.Damage.From; !e.Damage.Known {
			t.Errorf("how much is lost is not known: %v", e.Damage)
		}
	}
	if seen+int(lost) != maxHeld+11 || seen < maxHeld {
		t.Errorf("%d records are there and %d are named, of %d", seen, lost, maxHeld+11)
	}
}

// TestADirectoryThatIsRemovedAgainAndAgain removes it at any instant of many writers and of a
// reader that frees.
func TestADirectoryThatIsRemovedAgainAndAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spool")
	s := open(t, dir, small)
	const writers, each = 4, 300
	var group sync.WaitGroup
	for w := range uint64(writers) {
		group.Go(func() {
			for n := w * each; n < (w+1)*each; n++ {
				for s.Append(context.Background(), records(n, n+1, 200)) != nil { // removed twice in one write
				}
			}
		})
	}
	ctx, stop := context.WithCancel(context.Background())
	seen := map[uint64]bool{}
	read := make(chan error)
	go func() {
		for len(seen) < writers*each {
			entries, err := s.Next(ctx, 10)
			if err != nil {
				read <- err
				return
			}
			for _, e := range entries {
				if e.Damage != nil {
					t.Errorf("damage: %v", e.Damage)
				}
				seen[e.Seq] = true
			}
			if err := s.Free(entries[len(entries)-1].Position); err != nil {
				t.Error(err)
			}
		}
		read <- nil
	}()
	for range 50 {
		os.RemoveAll(dir) // which fails where it is being made again
		before := s.stats.Appended.Load()
		for s.stats.Appended.Load() == before && before < writers*each {
		}
	}
	group.Wait()
	if err := <-read; err != nil {
		t.Error(err)
	}
	stop()
	t.Logf("made again %d times", s.stats.Replaced.Load())
}
