package spool

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"
)

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

// errGone reports that a write went to a file that the spool's directory no longer has.
var errGone = errors.New("the directory was removed or replaced")

// hold opens the newest segments of a set of a dead process, as long as fewer than maxHeld of
// such sets are open. The set is not visible to other goroutines yet.
func (s *Spool) hold(set *set) {
	s.mu.Lock()
	held := 0
	for _, other := range s.sets {
		if other != s.own {
			for _, segment := range other.segments {
				if segment.file != nil {
					held++
				}
			}
		}
	}
	s.mu.Unlock()
	for _, segment := range slices.Backward(set.segments) {
		if held++; held > maxHeld {
			return
		}
		segment.file, _ = os.Open(segment.path) // what cannot be opened now is read, or named, in its turn
	}
}

// trimHeld closes the oldest files of the own set beyond maxHeld. The caller owns the token.
func (s *Spool) trimHeld() {
	s.mu.Lock()
	defer s.mu.Unlock()
	held := 0
	for _, segment := range slices.Backward(s.own.segments) {
		if segment.file == nil {
			return
		}
		if held++; held > maxHeld {
			s.unused = append(s.unused, segment.file)
			segment.file = nil
		}
	}
}

// gone reports whether the path of a set leads to other files than those that this process
// has open: the directory was removed, moved or replaced, or a segment was. The lock is
// compared and not the directory's inode alone, because an inode number is used again at once;
// an open file keeps its own. segments are those of which the files are looked at too. The
// caller owns the token.
func (s *Spool) gone(set *set, segments ...*segment) bool {
	path := filepath.Join(set.dir, lockName)
	if _, err := os.Stat(path); errors.Is(err, os.ErrPermission) {
		return false // which says nothing of what is there
	}
	found := isAt(set.lock, path)
	for _, segment := range segments {
		s.mu.Lock()
		file := segment.file
		s.mu.Unlock()
		// Some file systems count no links, so the path decides.
		if found && file != nil && unlinked(file) && !isAt(file, segment.path) && (segment == s.segment || !s.released(set, segment.index)) {
			found = false
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return !found && slices.Contains(s.sets, set)
}

// restore makes sets again whose directory is gone. An error is of the own set; without it
// nothing can be stored. Sets of dead processes, and segments that are not written to, are
// looked at once per retry interval. The caller owns the token.
func (s *Spool) restore() error {
	if s.own == nil {
		return nil
	}
	all := s.now().Sub(s.restoredAt) >= s.retry
	if all {
		s.restoredAt = s.now()
	}
	s.mu.Lock()
	sets := slices.Clone(s.sets)
	s.mu.Unlock()
	for _, set := range sets {
		if set != s.own && !all {
			continue
		}
		var segments []*segment
		if all {
			s.mu.Lock()
			segments = slices.Clone(set.segments)
			s.mu.Unlock()
		}
		if !s.gone(set, segments...) {
			continue
		}
		err := s.rebuild(set)
		if err != nil {
			err = fmt.Errorf("making the spool's directory again: %w", err)
		}
		if err != nil && set == s.own {
			return err
		}
		if err != nil {
			s.log.Error("what a dead collector left is only in open files of this process", "error", err)
		}
	}
	return nil
}

// rebuild makes the directory of a set again, from what the open files hold and what is still
// at its path. It appears under its name when all of it is on disk. What is nowhere any more
// stays listed, and the reader names it as damage. The caller owns the token.
func (s *Spool) rebuild(set *set) error {
	if err := makeDir(filepath.Clean(s.options.Dir)); err != nil {
		return err
	}
	fresh, held, err := newHome(s.options.Dir, set.id)
	if err != nil {
		return err
	}
	s.mu.Lock()
	list, freed := slices.Clone(set.segments), set.freed
	s.mu.Unlock()
	files, lost, err := s.preserve(fresh, list)
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
	s.moveTo(set, held, files)
	s.stats.Replaced.Add(1)
	s.log.Error("the spool's directory was removed or replaced while it was in use; what waits was written again to a new one",
		"dir", set.dir, "segments", len(list), "lost_segments", lost)
	return nil
}

// preserve links or copies segments into a directory. files are those of the copies, by the
// segments they are of; lost is how many segments are nowhere.
func (s *Spool) preserve(fresh string, list []*segment) (files map[*segment]*os.File, lost int, err error) {
	files = map[*segment]*os.File{}
	for _, segment := range list {
		to := filepath.Join(fresh, filepath.Base(segment.path))
		s.mu.Lock()
		from, size := segment.file, segment.size
		s.mu.Unlock()
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
func (s *Spool) moveTo(set *set, held *os.File, files map[*segment]*os.File) {
	s.reading.Lock() // for the reader's position in a file that is replaced
	defer s.reading.Unlock()
	s.mu.Lock()
	old := set.lock
	set.lock, set.scan = held, nil
	for segment, f := range files {
		if !slices.Contains(set.segments, segment) {
			s.unused = append(s.unused, f)
			os.Remove(segment.path)
			continue
		}
		if segment.file != nil {
			s.unused = append(s.unused, segment.file)
		}
		segment.file = f
		s.used -= segment.footprint() - segment.size // the copy has no more
		segment.preallocated = 0
	}
	over := !slices.Contains(s.sets, set)
	s.mu.Unlock()
	old.Close()
	s.closeUnused()
	if over { // its last segment was freed meanwhile
		os.RemoveAll(set.dir)
	}
	if set != s.own {
		return
	}
	if s.active != nil && s.segment.size == 0 {
		s.active.Close()
		s.account(-s.segment.footprint())
	}
	s.active = nil
	if s.reserveHeld {
		s.reserveHeld = false
		s.account(-s.options.Reserve)
	}
	s.reserveTried = time.Time{}
}
