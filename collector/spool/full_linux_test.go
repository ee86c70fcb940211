package spool

import (
	"context"
	"errors"
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
