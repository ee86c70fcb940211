package spool

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/collector/durable"
)

func TestFullDiskTakesControlRecordsAndRecovers(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("SKIPPED, nothing was tested: cannot mount a small tmpfs: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmounting: %v", err)
		}
	})
	s := open(t, filepath.Join(dir, "spool"), func(o *Options) { o.Reserve, o.SegmentBytes = 64<<10, 64<<10 })
	t.Cleanup(func() { s.Close() })
	fillAndRecover(t, s, 100)
	if s.stats.Faults.Load() != 0 {
		t.Error("a full disk is no fault")
	}
}

// TestAFullDiskOfOneSegmentRecovers has all of the disk in the segment that is written
// to, while the recorder asks for room again and again.
func TestAFullDiskOfOneSegmentRecovers(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		t.Skipf("SKIPPED, nothing was tested: cannot mount a small tmpfs: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmounting: %v", err)
		}
	})
	s := open(t, filepath.Join(dir, "spool"), func(o *Options) { o.MaxBytes = 64 << 20 })
	t.Cleanup(func() { s.Close() })
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	full := false
	for n := uint64(0); !full; n++ {
		full = errors.Is(s.Append(ctx, records(n, n+1, 6000)), ErrFull)
	}
	asking := make(chan error)
	go func() { asking <- s.WaitCapacity(ctx, 1<<20) }()
	// What control records are left for is what the reader finds last.
	for n := range uint64(40) {
		if err := s.Append(ctx, []durable.Record{control(1000 + n)}); err != nil {
			t.Fatal(err)
		}
	}
	entries := all(t, s) // and has the file open
	for _, e := range entries {
		mustFree(t, s, e.Position)
	}
	if err := <-asking; err != nil {
		t.Fatalf("no room on a disk of which all is freed: %v", err)
	}
}

// tmpfs is a directory on a disk of that size.
func tmpfs(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("SKIPPED, nothing was tested: cannot mount a small tmpfs: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// fillDisk takes every free byte of a disk, as another program may.
func fillDisk(t *testing.T, dir string) (path string) {
	t.Helper()
	f, err := os.CreateTemp(dir, "other-*")
	must(t, err)
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if !diskFull(err) {
		t.Fatal(err)
	}
	return f.Name()
}

// TestTheReserveIsTheCollectorsOwnOnADiskThatOthersFill has another program take every block
// that comes free. The control records are in the blocks of the reserve, also for the process
// that adopts them after this one was killed.
func TestTheReserveIsTheCollectorsOwnOnADiskThatOthersFill(t *testing.T) {
	disk := tmpfs(t, "2m")
	dir := filepath.Join(disk, "spool")
	s := open(t, dir, func(o *Options) { o.Reserve, o.SegmentBytes = 128<<10, 64<<10 })
	mustAppend(t, s, records(0, 10, 500))
	fillDisk(t, disk)
	want, n := 10, uint64(10)
	for ; ; n++ {
		fillDisk(t, disk)
		err := s.Append(context.Background(), []durable.Record{record(n, 20_000), control(n + 10_000)})
		if full, ok := errors.AsType[*FullError](err); err != nil && (!ok || len(full.Refused) > 1) {
			break
		} else if err == nil {
			want++
		}
		want++
	}
	if n < 400 {
		t.Errorf("the reserve of 128 KiB took %d records of 172 bytes", n)
	}
	copied := filepath.Join(t.TempDir(), "spool") // as a killed process leaves it
	must(t, os.CopyFS(copied, os.DirFS(dir)))
	next := open(t, copied)
	mustAdopt(t, next)
	got := 0
	for _, e := range all(t, next) {
		switch {
		case e.Damage == nil:
			got++
		case !e.Damage.Torn:
			t.Errorf("damage: %v", e.Damage)
		}
	}
	if got != want {
		t.Errorf("%d records were acknowledged, %d are there", want, got)
	}
}

// TestAReserveThatCannotBeMadeIsSaid and does not take what the disk has left, not even for a
// moment. With space it is made.
func TestAReserveThatCannotBeMadeIsSaid(t *testing.T) {
	disk := tmpfs(t, "1m")
	other := fillDisk(t, disk)
	must(t, os.Truncate(other, 600<<10))
	s := open(t, filepath.Join(disk, "spool"), func(o *Options) { o.Reserve, o.SegmentBytes = 512<<10, 64<<10 })
	if err := s.Append(t.Context(), records(0, 1, 100)); !errors.Is(err, ErrFull) {
		t.Fatalf("a message without a reserve: %v", err)
	}
	if !s.Stats().NoReserve.Load() {
		t.Error("nothing says that there is no reserve")
	}
	for range 100 {
		s.appender.budget.reserveTried = time.Time{}
		if s.Capacity() > 0 {
			t.Fatal("capacity without a reserve")
		}
	}
	if s.appender.budget.reservePause > s.retry {
		t.Errorf("the disk was filled: the next attempt is in %v", s.appender.budget.reservePause)
	}
	must(t, os.Remove(other))
	s.appender.budget.reserveTried = time.Time{}
	if s.Capacity() == 0 || s.Stats().NoReserve.Load() {
		t.Error("no capacity on a disk with space")
	}
	mustAppend(t, s, records(0, 1, 100))
}
