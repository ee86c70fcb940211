package spool

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/google/uuid"
)

// saveEvery bounds how often the cursor of a set is written. A cursor that lags only makes
// records come again after a crash.
const saveEvery = time.Second

// Free declares that all entries up to p, a Position that Next delivered, are stored durably
// elsewhere. Segments that are freed whole are deleted; freeing less than before does nothing.
func (s *Spool) Free(p Position) error {
	s.mu.Lock()
	set := s.set(p.Set)
	if set == nil {
		s.mu.Unlock()
		return nil // freed to its end and removed before
	}
	if set.last.before(p) && set.at.before(p) && !s.delivered(set, p) {
		s.mu.Unlock()
		return fmt.Errorf("freeing segment %d to %d, which was not delivered", p.Segment, p.Offset)
	}
	if set.freed.before(p) {
		set.freed = p
	}
	if set.at.before(p) { // a receipt after a Rewind
		set.at = p
	}
	if set.last.before(p) {
		set.last = p
	}
	s.mu.Unlock()
	return s.releaseFreed(set)
}

// delivered reports whether p can have been delivered before a Rewind.
func (s *Spool) delivered(set *set, p Position) bool {
	segment := set.find(p.Segment)
	return segment != nil && segment.index == p.Segment && p.Offset <= segment.size
}

func (s *Spool) set(id uuid.UUID) *set {
	i := slices.IndexFunc(s.sets, func(set *set) bool { return set.id == id })
	if i < 0 {
		return nil
	}
	return s.sets[i]
}

// releaseFreed deletes the freed segments of a set, and with the last one the set of a dead
// process. It saves the cursor at most once per saveEvery.
func (s *Spool) releaseFreed(set *set) error {
	s.mu.Lock()
	var keep *segment
	if set == s.own && len(set.segments) > 0 {
		keep = set.segments[len(set.segments)-1]
	}
	freed := set.dropFreed(keep)
	over := set != s.own && len(set.segments) == 0
	if over {
		if i := slices.Index(s.sets, set); i >= 0 {
			s.sets = slices.Delete(s.sets, i, i+1)
		} else {
			over = false
		}
	}
	save := !over && len(set.segments) > 0 && set.saved != set.freed && s.now().Sub(set.savedAt) >= saveEvery
	cursor := set.freed
	if save {
		set.saved, set.savedAt = cursor, s.now()
	}
	last := keep != nil && len(set.segments) == 1 && atEnd(set.freed, keep) && keep.size*16 >= s.options.SegmentBytes
	s.mu.Unlock()
	failed := s.remove(freed)
	if last {
		select {
		case s.writing <- struct{}{}:
			failed = errors.Join(failed, s.retire())
			<-s.writing
		default: // a write is in progress; refreshCapacity retires the segment when space is needed
		}
	}
	s.tryCloseDeleted(set)
	switch {
	case over:
		failed = errors.Join(failed, set.release())
	case save:
		if err := writeCursor(set.dir, cursor); !errors.Is(err, os.ErrNotExist) { // restore makes the directory again
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// retire deletes the segment that is written to, if all of it is freed. The caller owns the
// token.
func (s *Spool) retire() error {
	s.mu.Lock()
	freed := s.own.dropFreed(nil)
	s.mu.Unlock()
	if len(freed) > 0 && s.active != nil && freed[len(freed)-1] == s.segment {
		s.active = nil
	}
	failed := s.remove(freed)
	s.tryCloseDeleted(s.own)
	return failed
}

// tryCloseDeleted is closeDeleted if the reader is idle. A reader in progress calls
// closeDeleted itself once it is at the end.
func (s *Spool) tryCloseDeleted(set *set) {
	if s.reading.TryLock() {
		s.closeDeleted(set)
		s.closeUnused()
		s.reading.Unlock()
	}
}

// closeUnused closes the files of freed segments. The reading lock is held.
func (s *Spool) closeUnused() {
	s.mu.Lock()
	files, sets := s.unused, slices.Clone(s.sets)
	s.unused = nil
	s.mu.Unlock()
	for _, f := range files {
		for _, set := range sets {
			if set.scan != nil && set.scan.file == f {
				set.scan = nil
			}
		}
		f.Close()
	}
}

// closeDeleted closes the reader's open file if that was deleted: the disk gets the space back
// only with the last descriptor. The reading lock is held.
func (s *Spool) closeDeleted(set *set) {
	if set.open == nil || set.scan == nil || !s.released(set, set.scan.segment.index) {
		return
	}
	set.open.Close()
	set.open, set.scan = nil, nil
}

// remove deletes segments, and subtracts their bytes only when they are gone from disk.
func (s *Spool) remove(freed []*segment) (failed error) {
	for _, segment := range freed {
		if err := os.Remove(segment.path); err != nil && !os.IsNotExist(err) {
			failed = errors.Join(failed, fmt.Errorf("freeing a segment: %w", err))
		}
		s.mu.Lock()
		s.used -= segment.footprint()
		if segment.file != nil {
			s.unused = append(s.unused, segment.file)
			segment.file = nil
		}
		s.mu.Unlock()
	}
	if len(freed) > 0 {
		signal(s.spaceAvailable)
	}
	return failed
}
