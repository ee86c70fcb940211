package spool

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// reader delivers entries in the order of their sets. One goroutine at a time calls Next and
// Rewind; it owns the scanner of each set, under the reading lock of the reclaimer.
type reader struct {
	inv      *inventory
	reclaim  *reclaimer
	releaser *releaser
}

// batchBytes is where a batch ends, exceeded by one entry at most. It bounds what Next keeps in
// memory.
const batchBytes = 4 << 20

// Next returns up to max entries of one set, in the order they were appended, and
// blocks until there is one. Sets take turns, so that an adopted backlog does not hold
// up what is new. Values stay valid; they are not to be changed.
func (r *reader) Next(ctx context.Context, max int) ([]Entry, error) {
	for {
		entries, err := r.readNext(max)
		if len(entries) > 0 || err != nil {
			return entries, err
		}
		select {
		case <-r.inv.readable:
		case <-r.inv.closing:
			return nil, ErrClosed
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// readNext reads from the first set that has an unread entry, and moves it to the end of the
// order, so that sets take turns.
func (r *reader) readNext(max int) ([]Entry, error) {
	r.reclaim.reading.Lock()
	defer r.reclaim.reading.Unlock()
	defer r.reclaim.closeUnused() // of what was freed while this read
	r.inv.mu.Lock()
	// A copy: mu is not held while a set is read from disk, and sets come and go meanwhile.
	sets, closed := slices.Clone(r.inv.sets), r.inv.closed
	r.inv.mu.Unlock()
	if closed {
		return nil, ErrClosed
	}
	for _, set := range sets {
		entries, err := r.read(set, max)
		if len(entries) == 0 && err == nil {
			continue
		}
		r.inv.mu.Lock()
		if i := slices.Index(r.inv.sets, set); i >= 0 {
			r.inv.sets = append(slices.Delete(r.inv.sets, i, i+1), set)
		}
		r.inv.mu.Unlock()
		return entries, err
	}
	return nil, nil
}

// read returns the next entries of a set, all of one segment. At its end it releases the segments
// that are freed: only then is it known that what follows the last entry holds none. The reading
// lock is held, so that the token, which comes before it, can only be tried.
func (r *reader) read(set *set, max int) (entries []Entry, err error) {
	bytes := 0
	for len(entries) < max && bytes < batchBytes {
		more, err := r.seek(set)
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		for len(entries) < max && bytes < batchBytes {
			e, ok := set.scan.next()
			if !ok {
				r.inv.mu.Lock()
				if len(entries) == 0 { // else what was read would count as holding nothing
					set.at = set.scan.at
				}
				// The segment of a dead process has no record of its end; it is known once it was
				// read to there. The own set's end is what publish says.
				if segment := set.find(set.at.Segment); set != r.inv.own && segment != nil && segment.index == set.at.Segment && segment.until == unknown {
					segment.until = set.scan.at.Number
				}
				r.inv.mu.Unlock()
				break
			}
			if e.Damage != nil {
				r.inv.stats.Damages.Add(1)
			}
			bytes += len(e.Value)
			entries = append(entries, e)
		}
		if len(entries) > 0 {
			break // one segment a batch
		}
	}
	r.inv.stats.Delivered.Add(uint64(len(entries)))
	r.inv.mu.Lock()
	if len(entries) > 0 {
		set.at = entries[len(entries)-1].Position
		set.last = set.at
	}
	r.inv.mu.Unlock()
	if len(entries) == 0 {
		err := r.releaser.releaseFreed(set)
		r.reclaim.closeDeleted(set)
		return nil, err
	}
	return entries, nil
}

// seek positions the scanner at the next entry; more is false where no segment follows. The
// scanner works on a copy of the segment, taken under mu: the tail moves size and until with each
// publish, and nothing behind the copy's size is read, as it may not be synced. The reading lock is
// held.
func (r *reader) seek(set *set) (more bool, err error) {
	r.inv.mu.Lock()
	current := set.find(set.at.Segment)
	if current != nil && current.index == set.at.Segment && atEnd(set.at, current) {
		current = set.find(set.at.Segment + 1)
	}
	if current == nil {
		r.inv.mu.Unlock()
		return false, nil
	}
	if current.index != set.at.Segment {
		set.at = Position{Set: set.id, Segment: current.index, Number: current.first}
	}
	segment, at := *current, set.at
	r.inv.mu.Unlock()
	if set.scan != nil && set.scan.at == at && set.scan.segment.index == segment.index {
		set.scan.segment = segment
		return true, nil
	}
	if set.open != nil {
		set.open.Close()
		set.open = nil
	}
	set.scan = nil
	// The file that is open, and not the path: what was acknowledged is in it even where the
	// directory was removed.
	if segment.file != nil {
		set.scan = &scanner{set: set.id, segment: segment, at: at, file: segment.file}
		return true, nil
	}
	f, err := os.Open(segment.path)
	switch {
	case errors.Is(err, os.ErrNotExist) && r.inv.released(set, segment.index):
		return r.seek(set)
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

// atEnd reports whether p is behind the last record of a segment.
func atEnd(p Position, s *segment) bool {
	return s.until != unknown && p.Number >= s.until
}

// Rewind makes Next deliver again from the first entry that is not freed. Receipts for what was
// delivered before it stay valid.
func (r *reader) Rewind() {
	r.reclaim.reading.Lock()
	defer r.reclaim.reading.Unlock()
	r.inv.mu.Lock()
	defer r.inv.mu.Unlock()
	for _, set := range r.inv.sets {
		set.at, set.last = set.freed, set.freed
	}
	signal(r.inv.readable)
}
