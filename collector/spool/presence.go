package spool

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// presence restores sets whose directory somebody removed, moved or replaced while this process
// has them open: what was acknowledged is still in the open files, and is written again under the
// set's path. Only the owner of the tail's token calls it, so no write is in progress meanwhile;
// the reader and Free go on, which is why each step copies the lists that it works on.
type presence struct {
	inv     *inventory
	reclaim *reclaimer
	tail    *tail
	budget  *budget

	// restoredAt is when all sets and segments were last looked for at their paths. The owner of
	// the token owns it.
	restoredAt time.Time
}

// restore makes sets again whose directory is gone. An error is of the own set; without it
// nothing can be stored. Sets of dead processes, and segments that are not written to, are
// looked at once per retry interval. The caller owns the token.
func (p *presence) restore() error {
	if p.inv.own == nil {
		return nil
	}
	all := p.inv.now().Sub(p.restoredAt) >= p.inv.retry
	// Each write looks at the lock of the own set; the rest costs system calls for every segment.
	if all {
		p.restoredAt = p.inv.now()
	}
	p.inv.mu.Lock()
	sets := slices.Clone(p.inv.sets)
	p.inv.mu.Unlock()
	for _, set := range sets {
		if set != p.inv.own && !all {
			continue
		}
		var segments []*segment
		if all {
			p.inv.mu.Lock()
			segments = slices.Clone(set.segments)
			p.inv.mu.Unlock()
		}
		if !p.inv.gone(set, p.tail.segment, segments...) {
			continue
		}
		err := p.rebuild(set)
		if err != nil {
			err = fmt.Errorf("making the spool's directory again: %w", err)
		}
		if err != nil && set == p.inv.own {
			return err
		}
		if err != nil {
			p.inv.log.Error("what a dead collector left is only in open files of this process", "error", err)
		}
	}
	return nil
}

// rebuild makes the directory of a set again, from what the open files hold and what is still
// at its path. It appears under its name when all of it is on disk. What is nowhere any more
// stays listed, and the reader names it as damage. The caller owns the token.
func (p *presence) rebuild(set *set) error {
	// The order makes the set appear whole or not at all: contents, each synced; their names, by
	// the fsync of the new directory; then the rename, and the fsync of the parent in enter.
	if err := makeDir(filepath.Clean(p.inv.options.Dir)); err != nil {
		return err
	}
	fresh, held, err := newHome(p.inv.options.Dir, set.id)
	if err != nil {
		return err
	}
	p.inv.mu.Lock()
	list, freed := slices.Clone(set.segments), set.freed
	p.inv.mu.Unlock()
	files, lost, err := p.preserve(fresh, list)
	if err == nil {
		if freed.Number > 0 {
			_ = writeCursor(fresh, freed) // without it more is delivered twice
		}
		if err = syncDir(fresh); err == nil {
			err = enter(fresh, set.dir, set.lock)
		}
	}
	if err != nil {
		for _, f := range files {
			f.Close()
		}
		held.Close()
		os.RemoveAll(fresh)
		return err
	}
	p.moveTo(set, held, files)
	p.inv.stats.Replaced.Add(1)
	p.inv.log.Error("the spool's directory was removed or replaced while it was in use; what waits was written again to a new one",
		"dir", set.dir, "segments", len(list), "lost_segments", lost)
	return nil
}

// preserve links or copies segments into a directory. files are those of the copies, by the
// segments they are of; lost is how many segments are nowhere. A link is preferred, as it takes no
// space: the disk may be full. Only bytes up to size are copied, which is what was acknowledged.
func (p *presence) preserve(fresh string, list []*segment) (files map[*segment]*os.File, lost int, err error) {
	files = map[*segment]*os.File{}
	for _, segment := range list {
		to := filepath.Join(fresh, filepath.Base(segment.path))
		p.inv.mu.Lock()
		from, size := segment.file, segment.size
		p.inv.mu.Unlock()
		if (from == nil || isAt(from, segment.path)) && os.Link(segment.path, to) == nil {
			continue
		}
		if from == nil {
			lost++
			continue
		}
		f, err := copySynced(to, from, size)
		if err != nil {
			return files, lost, err
		}
		files[segment] = f
	}
	return files, lost, nil
}

// copySynced copies the first bytes of an open file, and returns the copy when it is on disk.
func copySynced(to string, from *os.File, size int64) (*os.File, error) {
	f, err := os.OpenFile(to, os.O_RDWR|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return nil, err
	}
	if _, err = io.Copy(f, io.NewSectionReader(from, 0, size)); err == nil {
		err = f.Sync()
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("copying %s: %w", filepath.Base(to), err)
	}
	return f, nil
}

// enter renames a complete set to its path. What is at that path is moved away first and then
// removed: a copy that somebody put there, or the same set without its lock. It fails while
// another process has taken that over; held is the lock that this one has.
func enter(fresh, path string, held *os.File) error {
	old := filepath.Join(filepath.Dir(path), oldPrefix+filepath.Base(path))
	if _, err := os.Lstat(path); err == nil {
		// Where our lock is still there, a second open of it would conflict with ourselves.
		if !isAt(held, filepath.Join(path, lockName)) {
			other, err := lock(path, lockExclusive)
			if err != nil {
				return fmt.Errorf("replacing a copy of the set: %w", err)
			}
			defer other.Close()
		}
		os.RemoveAll(old)
		if err := os.Rename(path, old); err != nil {
			return err
		}
		defer os.RemoveAll(old)
	}
	if err := os.Rename(fresh, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// moveTo puts another lock and other files in the place of those of a set. A segment that was
// freed meanwhile is removed from the new directory. The caller owns the token.
func (p *presence) moveTo(set *set, held *os.File, files map[*segment]*os.File) {
	p.reclaim.reading.Lock() // for the reader's position in a file that is replaced
	defer p.reclaim.reading.Unlock()
	p.inv.mu.Lock()
	old := set.lock // kept until the new lock is the one that gone compares
	set.lock, set.scan = held, nil
	for segment, f := range files {
		if !slices.Contains(set.segments, segment) {
			p.reclaim.unused = append(p.reclaim.unused, f)
			os.Remove(segment.path)
			continue
		}
		if segment.file != nil {
			p.reclaim.unused = append(p.reclaim.unused, segment.file)
		}
		segment.file = f
		p.inv.used -= segment.footprint() - segment.size // the copy has no more
		segment.preallocated = 0
	}
	over := !slices.Contains(p.inv.sets, set)
	p.inv.mu.Unlock()
	old.Close()
	p.reclaim.closeUnused()
	if over { // its last segment was freed meanwhile
		os.RemoveAll(set.dir)
	}
	if set != p.inv.own {
		return
	}
	// Neither the active segment nor the reserve is in the new directory; the next write makes both.
	p.tail.leave()
	p.budget.reserveRemoved()
}
