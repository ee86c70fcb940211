package spool

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/mcptrail/mcptrail/collector/durable"
)

// call is one Append in progress. Its fields belong to its caller while it is pending,
// then to the owner of the token, and to the caller again when done is closed.
type call struct {
	records []durable.Record
	// refused flags each record that exceeded the capacity; nil if none did.
	refused []bool
	err     error
	done    chan struct{}
}

// full is the error of a call of which something was refused, nil if nothing was.
func (s *Spool) full(c *call, err error) error {
	if c.refused == nil {
		return nil
	}
	e := &FullError{Err: err}
	for i, refused := range c.refused {
		if refused {
			e.Refused = append(e.Refused, i)
		}
	}
	s.stats.Refused.Add(uint64(len(e.Refused)))
	return e
}

func (c *call) refuse(i int) {
	if c.refused == nil {
		c.refused = make([]bool, len(c.records))
	}
	c.refused[i] = true
}

func (c *call) finish(err error) {
	c.err = err
	close(c.done)
}

// Append returns when all records are on disk, in order and behind those of earlier
// calls, or with a *FullError that names those that are not. After any other error
// all of them count as not appended. If ctx ends before their write began, nothing
// was written; a write that has begun is waited for.
func (s *Spool) Append(ctx context.Context, records []durable.Record) error {
	for i := range records {
		if n := len(records[i].Value); n == 0 || n > maxValue {
			return fmt.Errorf("appending a record of %d bytes, must lie between 1 and %d", n, maxValue)
		}
	}
	if len(records) == 0 {
		return nil
	}
	c := &call{records: records, done: make(chan struct{})}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return ErrClosed
	}
	s.pending = append(s.pending, c)
	s.mu.Unlock()
	for {
		select {
		case <-c.done:
			return c.err
		default:
		}
		select {
		case <-c.done:
			return c.err
		case s.writing <- struct{}{}:
			s.commit()
			<-s.writing
		case <-ctx.Done():
			if s.withdraw(c) {
				return ctx.Err()
			}
			<-c.done
			return c.err
		}
	}
}

func (s *Spool) withdraw(c *call) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.Index(s.pending, c)
	if i >= 0 {
		s.pending = slices.Delete(s.pending, i, i+1)
	}
	return i >= 0
}

// groupBytes is where a group ends, exceeded by one call at most.
const groupBytes = 8 << 20

// group takes the pending calls that share the next fsync (group commit).
func (s *Spool) group() []*call {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, bytes := 0, 0
	for n < len(s.pending) && bytes < groupBytes {
		for i := range s.pending[n].records {
			bytes += headingBytes + len(s.pending[n].records[i].Value)
		}
		n++
	}
	group := s.pending[:n:n]
	s.pending = s.pending[n:]
	return group
}

// commit stores one group and completes its calls. The caller owns the token. It stores the
// calls of other goroutines too: whoever gets the token first pays the fsync for all.
func (s *Spool) commit() {
	group := s.group()
	if len(group) == 0 {
		return
	}
	s.refreshCapacity()
	s.admit(group)
	err := s.store(group)
	var full error
	if diskFull(err) {
		// The disk is full below the declared limit: retry with the control records alone, in
		// the blocks of the reserve.
		full = err
		s.reportFull(true)
		s.useReserve()
		refuse(group, false)
		if err = s.store(group); diskFull(err) {
			refuse(group, true)
			err = nil
		}
	}
	if err != nil {
		s.stats.Faults.Add(1)
		s.log.Error("spool cannot store events", "error", err)
	}
	for _, c := range group {
		if err != nil {
			c.finish(err)
		} else {
			c.finish(s.full(c, full))
		}
	}
}

// admit refuses records beyond the declared limit. Messages may use what is free, and only
// while the reserve is on disk; control records may use the reserve too. Behind the first
// refused message no message of its call is admitted, so that what is missing is a suffix.
func (s *Spool) admit(group []*call) {
	free := s.free() - headerBytes
	messages, control := free, free
	switch {
	case s.reserveHeld:
		control += s.options.Reserve
	case s.active != nil: // the rest of the reserve is a part of it
		messages, control = 0, control+s.segment.footprint()-s.segment.size
	default:
		messages = 0
	}
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
		s.reportFull(anyRefused)
	}
	if taken > free && s.reserveHeld {
		s.useReserve()
	}
}

// refuse marks the messages of a group as refused, or with all every record.
func refuse(group []*call, all bool) {
	for _, c := range group {
		for i := range c.records {
			if all || !c.records[i].Control {
				c.refuse(i)
			}
		}
	}
}

// store writes the admitted records of a group and returns when they are on disk.
// After a fault it tries once more, in a new segment; where the directory is gone, in a new one.
func (s *Spool) store(group []*call) error {
	for faults := 0; ; faults++ {
		err := s.restore()
		if err == nil {
			err = s.write(group)
		}
		if err == nil || faults > 0 || diskFull(err) && !errors.Is(err, errBroken) {
			return err
		}
		s.stats.Faults.Add(1)
		s.log.Warn("spool goes on in a new segment", "error", err)
	}
}

// errBroken marks a segment that no longer can be appended to.
var errBroken = errors.New("segment given up")

// writer is the state that the owner of the token may touch.
type writer struct {
	// active is the file of segment, nil before the first write and after a fault.
	active  *os.File
	segment *segment
	// index and number of the next segment and record.
	index, number uint64
	buf           []byte

	// refusing reports that messages are refused; it is for the log.
	refusing bool
	// reserveHeld reports that the reserve file is on disk.
	reserveHeld bool
	// reserveTried is when its creation was last attempted, reservePause the pause before the
	// next attempt; retry is the least of such pauses.
	reserveTried        time.Time
	reservePause, retry time.Duration
	// others are the bytes of other processes' sets, as measured at othersAt.
	others   int64
	othersAt time.Time
	// restoredAt is when all sets and segments were last looked for at their paths.
	restoredAt time.Time
}

func (s *Spool) write(group []*call) error {
	if s.active != nil && s.segment.size >= s.options.SegmentBytes {
		s.finishActive()
		s.trimHeld()
	}
	if s.active == nil {
		if err := s.begin(); err != nil {
			return err
		}
	}
	buf, number, now := s.buf[:0], s.number, s.now().UnixNano()
	if s.segment.size == 0 {
		buf = append(buf, s.segment.header(s.own.id)...)
	}
	for _, c := range group {
		for i := range c.records {
			if c.refused != nil && c.refused[i] {
				continue
			}
			buf = appendFrame(buf, &c.records[i], number, now, s.segment.salt)
			number++
		}
	}
	if s.buf = buf; cap(buf) > 2*groupBytes {
		s.buf = nil
	}
	if number == s.number {
		return nil
	}
	if _, err := s.active.WriteAt(buf, s.segment.size); err != nil {
		if !diskFull(err) || s.truncate() != nil {
			return s.abandon(fmt.Errorf("writing %s: %w", s.segment.path, err))
		}
		if s.segment.size > 0 && fileTooLarge(err) {
			return s.abandon(err) // RLIMIT_FSIZE: a new file starts at zero
		}
		return fmt.Errorf("writing %s: %w", s.segment.path, err)
	}
	if err := s.active.Sync(); err != nil {
		return s.abandon(fmt.Errorf("syncing %s: %w", s.segment.path, err))
	}
	if s.gone(s.own, s.segment) { // before the acknowledgement: what was synced is in no directory
		return fmt.Errorf("writing %s: %w", s.segment.path, errGone)
	}
	s.publish(number, int64(len(buf)))
	return nil
}

// finishActive ends the segment that is written to, of which every byte up to its size was
// fsynced.
func (s *Spool) finishActive() {
	if s.active == nil {
		return
	}
	if spare := s.segment.footprint() - s.segment.size; spare > 0 {
		_ = s.active.Truncate(s.segment.size) // zeros are no records anyway
		s.mu.Lock()
		s.used, s.segment.preallocated = s.used-spare, 0
		s.mu.Unlock()
	}
	if s.segment.size == 0 {
		s.active.Close()
		os.Remove(s.segment.path)
	}
	s.active = nil
}

// truncate removes what a failed write left behind the end of the segment. Preallocated blocks
// stay: on a full disk there are no others.
func (s *Spool) truncate() error {
	end := s.segment.footprint()
	if err := s.active.Truncate(end); err != nil || end == s.segment.size {
		return err
	}
	_, err := s.active.WriteAt(make([]byte, end-s.segment.size), s.segment.size)
	return err
}

// publish makes what was fsynced visible to the reader.
func (s *Spool) publish(number uint64, bytes int64) {
	s.stats.Groups.Add(1)
	s.stats.Appended.Add(number - s.number)
	s.stats.AppendedBytes.Add(uint64(bytes))
	s.number = number
	s.mu.Lock()
	if s.segment.size == 0 {
		s.own.segments = append(s.own.segments, s.segment)
	}
	before := s.segment.footprint()
	s.segment.size += bytes
	s.segment.until = number
	s.used += s.segment.footprint() - before
	s.mu.Unlock()
	signal(s.readable)
}

// createOwn creates the set of this process, once. The caller owns the token.
func (s *Spool) createOwn() error {
	if s.own != nil {
		return nil
	}
	own, err := createSet(s.options.Dir, s.options.Epoch)
	if errors.Is(err, os.ErrNotExist) { // removed since Open
		if err = makeDir(filepath.Clean(s.options.Dir)); err == nil {
			own, err = createSet(s.options.Dir, s.options.Epoch)
		}
	}
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.own = own
	s.sets = append(s.sets, own)
	s.mu.Unlock()
	return nil
}

// begin creates the next segment, and the set before the first one. The directory is synced
// before any record is written: a file without a durable name is lost with the power.
func (s *Spool) begin() error {
	if err := s.createOwn(); err != nil {
		return err
	}
	segment := newSegment(s.own.dir, s.index, s.number)
	s.index++
	f, err := os.OpenFile(segment.path, os.O_RDWR|os.O_CREATE|os.O_EXCL, fileMode)
	if err == nil {
		if err = syncDir(s.own.dir); err != nil {
			f.Close()
			os.Remove(segment.path)
		}
	}
	if err != nil {
		return fmt.Errorf("creating a segment: %w", err)
	}
	segment.file = f // no other goroutine has it yet
	s.active, s.segment = f, segment
	return nil
}

// abandon closes the active segment after err. Its acknowledged records stay; the others are
// written again under the same numbers. A second fsync of the same file is no alternative: the
// kernel may have dropped the dirty pages and reports success.
func (s *Spool) abandon(err error) error {
	if s.segment.size == 0 {
		s.active.Close()
		os.Remove(s.segment.path)
		s.account(-s.segment.footprint())
	}
	s.active = nil
	return fmt.Errorf("%w: %w", errBroken, err)
}
