package spool

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// batchBytes is where a batch ends, exceeded by one entry at most.
const batchBytes = 4 << 20

// Next returns up to max entries of one set, in the order they were appended, and
// blocks until there is one. Sets take turns, so that an adopted backlog does not hold
// up what is new. Values stay valid; they are not to be changed.
func (s *Spool) Next(ctx context.Context, max int) ([]Entry, error) {
	for {
		entries, err := s.readNext(max)
		if len(entries) > 0 || err != nil {
			return entries, err
		}
		select {
		case <-s.readable:
		case <-s.closing:
			return nil, ErrClosed
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// readNext reads from the first set that has an unread entry, and moves it to the end of the
// order, so that sets take turns.
func (s *Spool) readNext(max int) ([]Entry, error) {
	s.reading.Lock()
	defer s.reading.Unlock()
	defer s.closeUnused() // of what was freed while this read
	s.mu.Lock()
	sets, closed := slices.Clone(s.sets), s.closed
	s.mu.Unlock()
	if closed {
		return nil, ErrClosed
	}
	for _, set := range sets {
		entries, err := s.read(set, max)
		if len(entries) == 0 && err == nil {
			continue
		}
		s.mu.Lock()
		if i := slices.Index(s.sets, set); i >= 0 {
			s.sets = append(slices.Delete(s.sets, i, i+1), set)
		}
		s.mu.Unlock()
		return entries, err
	}
	return nil, nil
}

// read returns the next entries of a set. At its end it releases the segments that are freed.
// The reading lock is held.
func (s *Spool) read(set *set, max int) (entries []Entry, err error) {
	bytes := 0
	for len(entries) < max && bytes < batchBytes {
		more, err := s.seek(set)
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		for len(entries) < max && bytes < batchBytes {
			e, ok := set.scan.next()
			if !ok {
				s.mu.Lock()
				if len(entries) == 0 { // else what was read would count as holding nothing
					set.at = set.scan.at
				}
				if segment := set.find(set.at.Segment); set != s.own && segment != nil && segment.index == set.at.Segment && segment.until == unknown {
					segment.until = set.scan.at.Number
				}
				s.mu.Unlock()
				break
			}
			if e.Damage != nil {
				s.stats.Damages.Add(1)
			}
			bytes += len(e.Value)
			entries = append(entries, e)
		}
		if len(entries) > 0 {
			break // one segment a batch
		}
	}
	s.stats.Delivered.Add(uint64(len(entries)))
	s.mu.Lock()
	if len(entries) > 0 {
		set.at = entries[len(entries)-1].Position
		set.last = set.at
	}
	s.mu.Unlock()
	if len(entries) == 0 {
		err := s.releaseFreed(set)
		s.closeDeleted(set)
		return nil, err
	}
	return entries, nil
}

// seek positions the scanner at the next entry; more is false where no segment follows. The
// reading lock is held.
func (s *Spool) seek(set *set) (more bool, err error) {
	s.mu.Lock()
	current := set.find(set.at.Segment)
	if current != nil && current.index == set.at.Segment && atEnd(set.at, current) {
		current = set.find(set.at.Segment + 1)
	}
	if current == nil {
		s.mu.Unlock()
		return false, nil
	}
	if current.index != set.at.Segment {
		set.at = Position{Set: set.id, Segment: current.index, Number: current.first}
	}
	segment, at := *current, set.at
	s.mu.Unlock()
	if set.scan != nil && set.scan.at == at && set.scan.segment.index == segment.index {
		set.scan.segment = segment
		return true, nil
	}
	if set.open != nil {
		set.open.Close()
		set.open = nil
	}
	set.scan = nil
	if segment.file != nil {
		set.scan = &scanner{set: set.id, segment: segment, at: at, file: segment.file}
		return true, nil
	}
	f, err := os.Open(segment.path)
	switch {
	case errors.Is(err, os.ErrNotExist) && s.released(set, segment.index):
		return s.seek(set)
	case errors.Is(err, os.ErrNotExist):
		set.scan = &scanner{set: set.id, segment: segment, at: at, file: strings.NewReader("")} // damage, all of it
	case err != nil:
		return false, fmt.Errorf("reading the spool: %w", err)
	default:
		set.open = f
		set.scan = &scanner{set: set.id, segment: segment, at: at, file: f}
	}
	return true, nil
}

// released reports whether a segment was freed since its number was read under the lock.
func (s *Spool) released(set *set, index uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	segment := set.find(index)
	return segment == nil || segment.index != index
}

// atEnd reports whether p is behind the last record of a segment.
func atEnd(p Position, s *segment) bool {
	return s.until != unknown && p.Number >= s.until
}

// Rewind makes Next deliver again from the first entry that is not freed.
func (s *Spool) Rewind() {
	s.reading.Lock()
	defer s.reading.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, set := range s.sets {
		set.at, set.last = set.freed, set.freed
	}
	signal(s.readable)
}
