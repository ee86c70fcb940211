package spool

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/google/uuid"
)

// saveEvery is how often the cursor of a set is written while positions move.
const saveEvery = time.Second

// Free says that all entries up to p, a Position that Next delivered, lie safe
// elsewhere. Segments of which that is true are deleted; freeing less than before
// does nothing.
func (s *Spool) Free(p Position) error {
	s.mu.Lock()
	set := s.set(p.Set)
	if set == nil {
		s.mu.Unlock()
		return nil // freed to its end, and removed
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
	return s.tidy(set)
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

// tidy deletes what is freed of a set, and the set of a dead process with its last
// segment. It saves the cursor now and then.
func (s *Spool) tidy(set *set) error {
	s.mu.Lock()
	var keep *segment
	if set == s.own && len(set.segments) > 0 {
		keep = set.segments[len(set.segments)-1]
	}
	freed := set.settle(keep)
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
	last := keep != nil && len(set.segments) == 1 && ended(set.freed, keep) && keep.size*16 >= s.options.SegmentBytes
	s.mu.Unlock()
	failed := s.remove(freed)
	if last {
		select {
		case s.writing <- struct{}{}:
			failed = errors.Join(failed, s.retire())
			<-s.writing
		default: // who asks for room will come by again
		}
	}
	s.tryLetGo(set)
	switch {
	case over:
		failed = errors.Join(failed, set.release())
	case save:
		failed = errors.Join(failed, writeCursor(set.dir, cursor))
	}
	return failed
}

// retire deletes the segment that is written to when all of it is freed. The token is
// held.
func (s *Spool) retire() error {
	s.mu.Lock()
	freed := s.own.settle(nil)
	s.mu.Unlock()
	if len(freed) > 0 && s.active != nil && freed[len(freed)-1] == s.segment {
		s.active.Close()
		s.active = nil
	}
	failed := s.remove(freed)
	s.tryLetGo(s.own)
	return failed
}

// tryLetGo does what letGo does; while the reader reads, it does so itself, once it
// finds nothing more.
func (s *Spool) tryLetGo(set *set) {
	if s.reading.TryLock() {
		s.letGo(set)
		s.reading.Unlock()
	}
}

// letGo closes a file that the reader has open still, if it was deleted: until then the
// disk has no more room than before. The reading lock is held.
func (s *Spool) letGo(set *set) {
	if set.open == nil || set.scan == nil || !s.forgot(set, set.scan.segment.index) {
		return
	}
	set.open.Close()
	set.open, set.scan = nil, nil
}

// remove deletes segments, and only then counts their room as free.
func (s *Spool) remove(freed []*segment) (failed error) {
	for _, segment := range freed {
		if err := os.Remove(segment.path); err != nil && !os.IsNotExist(err) {
			failed = errors.Join(failed, fmt.Errorf("freeing a segment: %w", err))
		}
		s.account(-segment.size)
	}
	if len(freed) > 0 {
		signal(s.eased)
	}
	return failed
}
