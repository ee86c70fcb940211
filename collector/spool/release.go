package spool

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"time"
)

// releaser moves the high-water mark of what is stored elsewhere, and removes what lies below it.
// Any goroutine may call it.
type releaser struct {
	inv     *inventory
	reclaim *reclaimer
	tail    *tail
}

// saveEvery bounds how often the cursor of a set is written. A cursor that lags only makes
// records come again after a crash.
const saveEvery = time.Second

// Free declares that all entries up to p, a Position that Next delivered, are stored durably
// elsewhere. Segments that are freed whole are deleted; freeing less than before does nothing.
func (r *releaser) Free(p Position) error {
	r.inv.mu.Lock()
	set := r.inv.set(p.Set)
	if set == nil {
		r.inv.mu.Unlock()
		return nil // freed to its end and removed before
	}
	if set.last.before(p) && set.at.before(p) && !r.delivered(set, p) {
		r.inv.mu.Unlock()
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
	r.inv.mu.Unlock()
	return r.releaseFreed(set)
}

// delivered reports whether p can have been delivered before a Rewind: it lies in what is on disk.
// The caller holds mu.
func (r *releaser) delivered(set *set, p Position) bool {
	segment := set.find(p.Segment)
	return segment != nil && segment.index == p.Segment && p.Offset <= segment.size
}

// releaseFreed deletes the freed segments of a set, and with the last one the set of a dead
// process. It saves the cursor at most once per saveEvery.
//
// What to do is decided under mu and done without it. The last segment of the own set is kept, as
// the tail may write to it, and removed only by who has the token: by a try, since the reader
// comes here with the reading lock held.
func (r *releaser) releaseFreed(set *set) error {
	r.inv.mu.Lock()
	var keep *segment
	if set == r.inv.own && len(set.segments) > 0 {
		keep = set.segments[len(set.segments)-1]
	}
	freed := set.dropFreed(keep)
	over := set != r.inv.own && len(set.segments) == 0
	// The list decides who releases the set: of two callers one finds it there.
	if over {
		if i := slices.Index(r.inv.sets, set); i >= 0 {
			r.inv.sets = slices.Delete(r.inv.sets, i, i+1)
		} else {
			over = false
		}
	}
	save := !over && len(set.segments) > 0 && set.saved != set.freed && r.inv.now().Sub(set.savedAt) >= saveEvery
	cursor := set.freed
	// Marked as saved before it is: two callers do not write one file, and a write that fails is
	// made up for by a later receipt.
	if save {
		set.saved, set.savedAt = cursor, r.inv.now()
	}
	last := keep != nil && len(set.segments) == 1 && atEnd(set.freed, keep) && keep.size*16 >= r.inv.options.SegmentBytes
	r.inv.mu.Unlock()
	failed := r.reclaim.remove(freed)
	if last {
		select {
		case r.tail.writing <- struct{}{}:
			failed = errors.Join(failed, r.tail.retire())
			<-r.tail.writing
		default: // a write is in progress; refreshCapacity retires the segment when space is needed
		}
	}
	r.reclaim.tryCloseDeleted(set)
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
