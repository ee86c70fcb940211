package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// reserveName is the file in the own set that keeps blocks back for control records.
const reserveName = "reserve"

// budget decides which records may be written: how many bytes the declared limit leaves, and
// whether the reserve for control records is on disk. The declared limit is of the whole
// directory, so it counts other processes too. The owner of the tail's token owns its fields.
type budget struct {
	inv  *inventory
	tail *tail

	// refusing reports that messages are refused; it is for the log, which has one line for the
	// whole time and not one for each group.
	refusing bool
	// reserveHeld reports that the reserve file is on disk, and counted in used.
	reserveHeld bool
	// reserveTried is when its creation was last attempted, reservePause the pause before the
	// next attempt; the inventory's retry is the least of such pauses.
	reserveTried time.Time
	reservePause time.Duration
	// others are the bytes of other processes' sets, as measured at othersAt. They are stale by
	// up to a second, so several processes may exceed the limit by what they write in it.
	others   int64
	othersAt time.Time
}

// free is the number of bytes below the declared limit, negative above it. The caller owns the token.
func (b *budget) free() int64 {
	b.inv.mu.Lock()
	defer b.inv.mu.Unlock()
	return b.inv.options.MaxBytes - b.inv.used - b.others
}

// admit refuses records beyond the declared limit. Messages may use what is free, and only
// while the reserve is on disk; control records may use the reserve too. Behind the first
// refused message no message of its call is admitted, so that what is missing is a suffix.
func (b *budget) admit(group []*call) {
	free := b.free() - headerBytes
	messages, control := free, free
	switch {
	case b.reserveHeld:
		control += b.inv.options.Reserve
	case b.tail.active != nil: // the rest of the reserve is a part of it
		messages, control = 0, control+b.tail.segment.footprint()-b.tail.segment.size
	default:
		messages = 0
	}
	// taken counts both kinds: a control record uses up what is free for the messages behind it.
	var taken int64
	anyRefused, anyAdmitted := false, false
	for _, c := range group {
		full := false
		for i := range c.records {
			r := &c.records[i]
			need := headingBytes + int64(len(r.Value))
			switch {
			case r.Control && taken+need <= control, !r.Control && !full && taken+need <= messages:
				taken += need
				anyAdmitted = anyAdmitted || !r.Control
			default:
				full = full || !r.Control
				anyRefused = anyRefused || full
				c.refuse(i)
			}
		}
	}
	if anyRefused || anyAdmitted {
		b.reportFull(anyRefused)
	}
	if taken > free && b.reserveHeld {
		b.useReserve()
	}
}

// refreshCapacity measures what other processes use and creates the reserve where it is missing:
// messages are admitted only while it is on disk. The caller owns the token.
func (b *budget) refreshCapacity() {
	b.measureOthers()
	now := b.inv.now()
	if !b.reserveHeld && b.inv.own != nil {
		if err := b.tail.retire(); err != nil {
			b.inv.log.Warn("spool cannot free space", "cause", err)
		}
	}
	// Without the reserve every group would try again; the pause keeps a full disk from being
	// filled and emptied with each of them.
	if b.reserveHeld || now.Sub(b.reserveTried) < max(b.reservePause, b.inv.retry) || b.free() < b.inv.options.Reserve {
		return
	}
	b.reserveTried = now
	if b.tail.createOwn() != nil {
		return // the write that follows returns the cause
	}
	err := b.makeReserve()
	b.reserveHeld = err == nil
	b.inv.stats.NoReserve.Store(err != nil)
	if err == nil {
		b.reservePause = 0
		b.inv.account(b.inv.options.Reserve)
		return
	}
	if b.reservePause == 0 {
		b.inv.log.Error("the spool cannot keep space back, so it takes no messages", "reserve_bytes", b.inv.options.Reserve, "cause", err)
	}
	if b.reservePause = max(b.inv.retry, b.reservePause); !errors.Is(err, errLittleSpace) {
		b.reservePause = min(2*b.reservePause, maxReservePause)
	}
}

// maxReservePause bounds the pause between two attempts to make the reserve, in which a disk
// that says that it has the space is filled.
const maxReservePause = time.Minute

// errLittleSpace reports that the disk has less space than the reserve needs.
var errLittleSpace = errors.New("the disk has too little free space")

// makeReserve writes the reserve file. It begins only where the disk says that there is space:
// an attempt that fails takes for a moment what others need.
func (b *budget) makeReserve() error {
	if free, known := freeOnDisk(b.inv.own.dir); known && free < b.inv.options.Reserve+b.inv.options.Reserve/8 {
		return fmt.Errorf("%w: %d bytes", errLittleSpace, free)
	}
	return writeSynced(filepath.Join(b.inv.own.dir, reserveName), make([]byte, b.inv.options.Reserve))
}

// useReserve makes the reserve file the next segment. Its blocks are written over, so that a
// disk of which others take every free block still takes control records. The caller owns the
// token.
func (b *budget) useReserve() {
	if !b.reserveHeld {
		return
	}
	b.reserveHeld, b.reserveTried = false, b.inv.now()
	b.tail.finishActive()
	reserve, segment := filepath.Join(b.inv.own.dir, reserveName), b.tail.nextSegment()
	f, err := os.OpenFile(reserve, os.O_RDWR, fileMode)
	if err == nil {
		// The rename is made durable before the first record is written: a power cut may not
		// leave acknowledged records under the reserve's name, which an adopting process removes.
		if err = os.Rename(reserve, segment.path); err == nil {
			err = syncDir(b.inv.own.dir)
		}
		if err != nil {
			f.Close()
		}
	}
	if err != nil { // then what it took is free for a new segment
		os.Remove(reserve)
		os.Remove(segment.path)
		b.inv.account(-b.inv.options.Reserve)
		return
	}
	// The segment counts as the reserve did: its footprint is Reserve until it is cut off, so used
	// stays as it is.
	segment.file, segment.preallocated = f, b.inv.options.Reserve
	b.tail.active, b.tail.segment = f, segment
}

// reserveRemoved records that the reserve file went with the set's directory, and has the next
// refreshCapacity make one at once. The caller owns the token.
func (b *budget) reserveRemoved() {
	if b.reserveHeld {
		b.reserveHeld = false
		b.inv.account(-b.inv.options.Reserve)
	}
	b.reserveTried = time.Time{}
}

// reportFull logs, once, that messages are refused, until messages are admitted again. The
// caller owns the token.
func (b *budget) reportFull(full bool) {
	if full && !b.refusing {
		b.inv.log.Warn("spool is full, takes control events only")
	}
	b.refusing = full
}

// measureOthers adds up the bytes of sets that other processes hold, at most once per retry
// interval. The caller owns the token.
func (b *budget) measureOthers() {
	if b.inv.now().Sub(b.othersAt) < b.inv.retry {
		return
	}
	b.othersAt = b.inv.now()
	b.inv.mu.Lock()
	ours := map[string]bool{}
	for _, set := range b.inv.sets {
		ours[set.id.String()] = true
	}
	b.inv.mu.Unlock()
	// The walk is without mu: it takes as long as the disk does, and the reader goes on meanwhile.
	entries, err := os.ReadDir(b.inv.options.Dir)
	if err != nil {
		return
	}
	var bytes int64
	for _, e := range entries {
		if ours[strings.TrimPrefix(strings.TrimPrefix(e.Name(), newPrefix), oldPrefix)] {
			continue
		}
		filepath.WalkDir(filepath.Join(b.inv.options.Dir, e.Name()), func(_ string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				if info, err := d.Info(); err == nil {
					bytes += info.Size()
				}
			}
			return nil
		})
	}
	b.others = bytes
}
