package spool

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
)

// reclaimer returns the blocks of freed segments to the disk. That takes two steps: the name is
// removed, and the last descriptor is closed, which must wait until the reader does not read
// through it.
type reclaimer struct {
	inv *inventory

	// reading is held by Next and Rewind while they read from disk, not while they wait. It is
	// taken behind the token and before mu. It guards scan and open of the sets in the list;
	// releaseFreed ends a set of a dead process without it, after the set left the list.
	reading sync.Mutex
	// unused are files of segments that were freed, to be closed under the reading lock. The
	// inventory's mu guards the list, so that a segment's file moves into it in one step.
	unused []*os.File
}

// remove deletes segments, and subtracts their bytes only after that, so that no write uses
// space that is not free yet. They left their set's list before, so no reader starts on them. It needs
// no lock, and Close calls it under all of them but mu.
func (c *reclaimer) remove(freed []*segment) (failed error) {
	for _, segment := range freed {
		if err := os.Remove(segment.path); err != nil && !os.IsNotExist(err) {
			failed = errors.Join(failed, fmt.Errorf("freeing a segment: %w", err))
		}
		c.inv.mu.Lock()
		c.inv.used -= segment.footprint()
		if segment.file != nil {
			c.unused = append(c.unused, segment.file)
			segment.file = nil
		}
		c.inv.mu.Unlock()
	}
	if len(freed) > 0 {
		signal(c.inv.spaceAvailable)
	}
	return failed
}

// tryCloseDeleted is closeDeleted if the reader is idle. A reader in progress calls
// closeDeleted itself once it is at the end.
func (c *reclaimer) tryCloseDeleted(set *set) {
	if c.reading.TryLock() {
		c.closeDeleted(set)
		c.closeUnused()
		c.reading.Unlock()
	}
}

// closeUnused closes the files of freed segments, and drops scanners that read through them. The
// reading lock is held. The list is taken in one step, so no file is closed twice.
func (c *reclaimer) closeUnused() {
	c.inv.mu.Lock()
	files, sets := c.unused, slices.Clone(c.inv.sets)
	c.unused = nil
	c.inv.mu.Unlock()
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
func (c *reclaimer) closeDeleted(set *set) {
	if set.open == nil || set.scan == nil || !c.inv.released(set, set.scan.segment.index) {
		return
	}
	set.open.Close()
	set.open, set.scan = nil, nil
}
