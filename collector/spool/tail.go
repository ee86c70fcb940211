package spool

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// tail is the end of the own set: the segment that is written to, and how bytes get into it so
// that they survive a power cut. The order of a write is always the same:
//
//  1. the segment's file is created (or the reserve renamed to it), and its directory synced;
//  2. the frames are written behind the last acknowledged byte;
//  3. the file is synced;
//  4. the path is compared with the open file: what was synced to a removed file is not stored;
//  5. the records are published to the reader, and the calls of Append end.
//
// A step that fails leaves the later ones out, so nothing is delivered or acknowledged that a
// power cut could still take back.
type tail struct {
	inv     *inventory
	reclaim *reclaimer

	// writing is a semaphore of one token. Its owner writes the own set and owns the fields
	// below, and those of budget and presence; it is kept for the length of an fsync. A channel
	// and not a mutex, so that Append can stop waiting for it when its context ends. It is taken
	// before the reading lock, and that before mu.
	writing chan struct{}

	// active is the file of segment, nil before the first write and after a fault.
	active *os.File
	// segment is the last one that was written to; it stays set when active is nil.
	segment *segment
	// index and number of the next segment and record. Number grows only when records were
	// published, index with every attempt, so that no name is used twice.
	index, number uint64
	// buf holds the frames of a group; it is kept for the next one unless it grew too large.
	buf []byte
}

// errBroken marks a segment that no longer can be appended to.
var errBroken = errors.New("segment given up")

// errGone reports that a write went to a file that the spool's directory no longer has.
var errGone = errors.New("the directory was removed or replaced")

// createOwn creates the set of this process, once. The caller owns the token.
func (t *tail) createOwn() error {
	if t.inv.own != nil {
		return nil
	}
	own, err := createSet(t.inv.options.Dir, t.inv.options.Epoch)
	if errors.Is(err, os.ErrNotExist) { // removed since Open
		if err = makeDir(filepath.Clean(t.inv.options.Dir)); err == nil {
			own, err = createSet(t.inv.options.Dir, t.inv.options.Epoch)
		}
	}
	if err != nil {
		return err
	}
	t.inv.mu.Lock()
	t.inv.own = own
	t.inv.sets = append(t.inv.sets, own)
	t.inv.mu.Unlock()
	return nil
}

// nextSegment names the segment that follows. It has no file yet. The caller owns the token.
func (t *tail) nextSegment() *segment {
	next := newSegment(t.inv.own.dir, t.index, t.number)
	t.index++
	return next
}

// begin creates the next segment, and the set before the first one. The directory is synced
// before any record is written: a file without a durable name is lost with the power.
func (t *tail) begin() error {
	if err := t.createOwn(); err != nil {
		return err
	}
	segment := t.nextSegment()
	f, err := os.OpenFile(segment.path, os.O_RDWR|os.O_CREATE|os.O_EXCL, fileMode)
	if err == nil {
		if err = syncDir(t.inv.own.dir); err != nil {
			f.Close()
			os.Remove(segment.path)
		}
	}
	if err != nil {
		return fmt.Errorf("creating a segment: %w", err)
	}
	segment.file = f // no other goroutine has it yet
	t.active, t.segment = f, segment
	return nil
}

// write stores the admitted records of a group in the active segment, in the order that tail
// describes. Without an error they are on disk and visible to the reader; after one, none of them
// is, and the next attempt uses the same numbers. The caller owns the token.
func (t *tail) write(group []*call) error {
	if t.active != nil && t.segment.size >= t.inv.options.SegmentBytes {
		t.finishActive()
		t.trimHeld()
	}
	if t.active == nil {
		if err := t.begin(); err != nil {
			return err
		}
	}
	buf, number, now := t.buf[:0], t.number, t.inv.now().UnixNano()
	if t.segment.size == 0 {
		buf = append(buf, t.segment.header(t.inv.own.id)...)
	}
	for _, c := range group {
		for i := range c.records {
			if c.refused != nil && c.refused[i] {
				continue
			}
			buf = appendFrame(buf, &c.records[i], number, now, t.segment.salt)
			number++
		}
	}
	if t.buf = buf; cap(buf) > 2*groupBytes {
		t.buf = nil
	}
	if number == t.number {
		return nil
	}
	// WriteAt and not Write: after a failed write the next attempt begins at the same place.
	if _, err := t.active.WriteAt(buf, t.segment.size); err != nil {
		if !diskFull(err) || t.truncate() != nil {
			return t.abandon(fmt.Errorf("writing %s: %w", t.segment.path, err))
		}
		if t.segment.size > 0 && fileTooLarge(err) {
			return t.abandon(err) // RLIMIT_FSIZE: a new file starts at zero
		}
		return fmt.Errorf("writing %s: %w", t.segment.path, err)
	}
	if err := t.active.Sync(); err != nil {
		return t.abandon(fmt.Errorf("syncing %s: %w", t.segment.path, err))
	}
	if t.inv.gone(t.inv.own, t.segment, t.segment) { // before the acknowledgement: what was synced is in no directory
		return fmt.Errorf("writing %s: %w", t.segment.path, errGone)
	}
	t.publish(number, int64(len(buf)))
	return nil
}

// truncate removes what a failed write left behind the end of the segment. Preallocated blocks
// stay: on a full disk there are no others.
func (t *tail) truncate() error {
	end := t.segment.footprint()
	if err := t.active.Truncate(end); err != nil || end == t.segment.size {
		return err
	}
	_, err := t.active.WriteAt(make([]byte, end-t.segment.size), t.segment.size)
	return err
}

// publish makes what was fsynced visible to the reader. A segment enters the set's list with its
// first records: an empty one has nothing to read, free or adopt. The caller owns the token.
func (t *tail) publish(number uint64, bytes int64) {
	t.inv.stats.Groups.Add(1)
	t.inv.stats.Appended.Add(number - t.number)
	t.inv.stats.AppendedBytes.Add(uint64(bytes))
	t.number = number
	t.inv.mu.Lock()
	if t.segment.size == 0 {
		t.inv.own.segments = append(t.inv.own.segments, t.segment)
	}
	before := t.segment.footprint()
	t.segment.size += bytes
	t.segment.until = number
	t.inv.used += t.segment.footprint() - before
	t.inv.mu.Unlock()
	signal(t.inv.readable)
}

// finishActive ends the segment that is written to, of which every byte up to its size was
// fsynced. The set keeps the file for the reader. The caller owns the token.
func (t *tail) finishActive() {
	if t.active == nil {
		return
	}
	if spare := t.segment.footprint() - t.segment.size; spare > 0 {
		_ = t.active.Truncate(t.segment.size) // zeros are no records anyway
		t.inv.mu.Lock()
		t.inv.used, t.segment.preallocated = t.inv.used-spare, 0
		t.inv.mu.Unlock()
	}
	if t.segment.size == 0 {
		t.active.Close()
		os.Remove(t.segment.path)
	}
	t.active = nil
}

// abandon closes the active segment after err. Its acknowledged records stay; the others are
// written again under the same numbers. A second fsync of the same file is no alternative: the
// kernel may have dropped the dirty pages and reports success.
func (t *tail) abandon(err error) error {
	if t.segment.size == 0 {
		t.active.Close()
		os.Remove(t.segment.path)
		t.inv.account(-t.segment.footprint())
	}
	t.active = nil
	return fmt.Errorf("%w: %w", errBroken, err)
}

// leave closes the active segment without removing a file: its directory is not the set's any
// more. An acknowledged segment keeps its file, which the set owns. The caller owns the token.
func (t *tail) leave() {
	if t.active != nil && t.segment.size == 0 {
		t.active.Close()
		t.inv.account(-t.segment.footprint())
	}
	t.active = nil
}

// retire deletes the segment that is written to, if all of it is freed. The caller owns the
// token.
func (t *tail) retire() error {
	t.inv.mu.Lock()
	freed := t.inv.own.dropFreed(nil)
	t.inv.mu.Unlock()
	// The next write begins a new segment; the file is closed once the reader is not in it.
	if len(freed) > 0 && t.active != nil && freed[len(freed)-1] == t.segment {
		t.active = nil
	}
	failed := t.reclaim.remove(freed)
	t.reclaim.tryCloseDeleted(t.inv.own)
	return failed
}

// trimHeld closes the oldest files of the own set beyond maxHeld. The caller owns the token.
func (t *tail) trimHeld() {
	t.inv.mu.Lock()
	defer t.inv.mu.Unlock()
	held := 0
	for _, segment := range slices.Backward(t.inv.own.segments) {
		if segment.file == nil {
			return
		}
		if held++; held > maxHeld {
			t.reclaim.unused = append(t.reclaim.unused, segment.file)
			segment.file = nil
		}
	}
}
