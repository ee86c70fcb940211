package spool

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
)

// inventory is what this process has on disk: its own set, the sets that it adopted, and how many
// bytes they take. Every part of the spool shares it, and its lock.
type inventory struct {
	// options, log, now and retry do not change after Open.
	options Options
	log     *slog.Logger
	now     func() time.Time
	// retry is the least interval between two looks at what costs system calls for each file:
	// the sets of others, the paths of segments, a reserve that could not be made.
	retry time.Duration
	stats Stats

	// mu guards what follows, the fields of each set and segment that say so, the appender's
	// pending and the reclaimer's unused. It is held for a few instructions, never for a write or
	// an fsync, and no other lock of the spool is taken under it.
	mu sync.Mutex
	// own is nil until the first write. Only the owner of the token sets it, so that one may read
	// it without mu.
	own *set
	// sets that this process reads, its own among them, in the order of their turn.
	sets []*set
	// used bytes of these sets, the reserve included.
	used int64
	// closed is set before closing is closed: from then on no call and no set is added.
	closed bool

	// readable buffers one signal that Next may find something, spaceAvailable one that
	// capacity grew; closing is closed by Close.
	readable, spaceAvailable, closing chan struct{}
}

// set returns the set of an id, nil if this process does not have it. The caller holds mu.
func (v *inventory) set(id uuid.UUID) *set {
	i := slices.IndexFunc(v.sets, func(set *set) bool { return set.id == id })
	if i < 0 {
		return nil
	}
	return v.sets[i]
}

// released reports whether a segment was freed since its number was read under the lock. Then a
// file that is not there is no damage: this process deleted it. The caller does not hold mu.
func (v *inventory) released(set *set, index uint64) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	segment := set.find(index)
	return segment == nil || segment.index != index
}

// account adds to the bytes in use, or subtracts. The caller does not hold mu.
func (v *inventory) account(bytes int64) {
	v.mu.Lock()
	v.used += bytes
	v.mu.Unlock()
}

// maxHeld bounds the segments whose files stay open, of the own set and of all adopted ones
// apart: what is in them survives the removal of the directory. It is 1 GiB of full segments.
const maxHeld = 64

// isAt reports whether a path leads to an open file.
func isAt(f *os.File, path string) bool {
	there, err := os.Stat(path)
	if err != nil {
		return false
	}
	open, err := f.Stat()
	return err == nil && os.SameFile(open, there)
}

// gone reports whether the path of a set leads to other files than those that this process
// has open: the directory was removed, moved or replaced, or a segment was. The lock is
// compared and not the directory's inode alone, because an inode number is used again at once;
// an open file keeps its own. segments are those of which the files are looked at too; active is
// the one that is written to, which the set lists only after its first write. The caller owns the
// token and does not hold mu, which is held to read fields only and not during system calls.
func (v *inventory) gone(set *set, active *segment, segments ...*segment) bool {
	path := filepath.Join(set.dir, lockName)
	if _, err := os.Stat(path); errors.Is(err, os.ErrPermission) {
		return false // which says nothing of what is there
	}
	found := isAt(set.lock, path)
	for _, segment := range segments {
		v.mu.Lock()
		file := segment.file
		v.mu.Unlock()
		// Some file systems count no links, so the path decides.
		if found && file != nil && unlinked(file) && !isAt(file, segment.path) && (segment == active || !v.released(set, segment.index)) {
			found = false
		}
	}
	// A set that was freed to its end meanwhile is gone because this process removed it.
	v.mu.Lock()
	defer v.mu.Unlock()
	return !found && slices.Contains(v.sets, set)
}

// Unfreed returns the number of records of this process that are not freed, those of adopted sets
// not included. Numbers are dense, so that the difference of two of them is a count.
func (v *inventory) Unfreed() uint64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.own == nil || len(v.own.segments) == 0 {
		return 0
	}
	last := v.own.segments[len(v.own.segments)-1]
	return last.until - min(last.until, v.own.freed.Number)
}

// Last is the Position behind the last acknowledged record of this process; zero before the first,
// and while no segment is left because all of them are freed.
func (v *inventory) Last() (p Position) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.own != nil && len(v.own.segments) > 0 {
		last := v.own.segments[len(v.own.segments)-1]
		p = Position{Set: v.own.id, Segment: last.index, Offset: last.size, Number: last.until}
	}
	return p
}

// Ended reports whether p, a Position that Next delivered, is the end of a dead
// process's set. A set that is not here any more was freed to its end, so it counts as ended; the
// own set never ends.
func (v *inventory) Ended(p Position) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	set := v.set(p.Set)
	if set == nil || set == v.own || len(set.segments) == 0 {
		return set == nil
	}
	last := set.segments[len(set.segments)-1]
	return p.Segment == last.index && (p.Offset >= last.size || atEnd(p, last))
}
