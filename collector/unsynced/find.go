package unsynced

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Killed is a run that ended with messages in memory only.
type Killed struct {
	Epoch uuid.UUID
	// AtMost is how many messages may be missing: they passed, and neither an event nor a gap
	// of them is on the disk. 0 is no bound: the host stopped, not only the process.
	AtMost uint64
	// At is when the last of them passed, and Window how long before that the first can
	// have. Where there is no bound, At is now.
	At     time.Time
	Window time.Duration
}

// Find calls report for each dead run in dir that had messages in memory only, and removes
// its file once report returns nil: then the statement must be durable. Runs that live, or
// that another process reports now, are not touched.
//
// A file that fails does not stop the search: the errors are joined, and the next call tries
// what is left.
func Find(dir string, report func(Killed) error) error {
	names, err := filepath.Glob(filepath.Join(dir, "*"+suffix))
	if err != nil {
		return fmt.Errorf("looking for killed collectors: %w", err)
	}
	var failed error
	for _, name := range names {
		failed = errors.Join(failed, take(name, report))
	}
	return failed
}

// take handles one file, while it holds its lock. flock belongs to the open file and not to
// the process, so the run of this process counts as alive too. A crash between report and
// the removal has the run reported twice; the other order could lose it.
func take(name string, report func(Killed) error) error {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading what a collector had in memory: %w", err)
	}
	defer f.Close()
	if lock(f) != nil {
		return nil
	}
	// Another process may have reported the run and removed the file between open and lock.
	if there, err := os.Stat(name); errors.Is(err, os.ErrNotExist) {
		return nil
	} else if held, failed := f.Stat(); err != nil || failed != nil || !os.SameFile(there, held) {
		return errors.Join(err, failed)
	}
	epoch, err := uuid.Parse(strings.TrimSuffix(filepath.Base(name), suffix))
	if err != nil {
		return nil // not ours
	}
	k, missing := read(f, epoch, time.Now())
	if missing {
		if err := report(k); err != nil {
			return err
		}
	}
	return os.Remove(name)
}

// read reports what of a dead run may be missing. A file that is not whole, because its
// host or its disk failed, is one without a bound.
func read(f *os.File, epoch uuid.UUID, now time.Time) (k Killed, missing bool) {
	page := make([]byte, fileBytes)
	n, _ := f.ReadAt(page, 0)
	var c counts
	for i, v := range c.fields() {
		*v = binary.NativeEndian.Uint64(page[countsAt+8*i:])
	}
	// What is missing passed after the newest recorded message, or, where messages found no
	// capacity, after the first of those.
	since := time.Unix(epoch.Time().UnixTime()) // the run began, since it is a UUIDv7
	if c.recordedAt > 0 {
		since = time.Unix(0, int64(c.recordedAt))
	}
	if lost := time.Unix(0, int64(c.lostSince)); c.lost > 0 && lost.Before(since) {
		since = lost
	}
	// After another boot the numbers are whatever part of them the kernel had written back:
	// nothing syncs the page.
	if n < fileBytes || !bytes.HasPrefix(page, append([]byte(magic), boot()...)) {
		return Killed{Epoch: epoch, At: now, Window: max(1, now.Sub(since))}, true
	}
	// A process that was killed between the words of a store has raised passed and not yet
	// recorded, so that the difference is too large at worst, never too small.
	if c.passed == c.recorded {
		return k, false
	}
	at := time.Unix(0, int64(c.passedAt))
	return Killed{Epoch: epoch, AtMost: c.passed - c.recorded, At: at, Window: max(0, at.Sub(since))}, true
}
