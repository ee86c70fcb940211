package spool

import (
	"path/filepath"
	"syscall"
	"testing"
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
