package spool

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mcptrail/mcptrail/collector/durable"
)

// appender takes records from any number of goroutines and has them stored in groups, one fsync
// a group. It decides only which calls share a group and how each of them ends: what is admitted
// is the budget's question, where it is written the tail's. No goroutine belongs to it; the
// callers of Append take turns with the token of the tail.
type appender struct {
	inv      *inventory
	tail     *tail
	budget   *budget
	presence *presence

	// pending are the calls that wait for a group, in order. The inventory's mu guards it, so
	// that no call is added once the spool counts as closed.
	pending []*call
}

// call is one Append in progress. Its fields belong to its caller while it is pending,
// then to the owner of the token, and to the caller again when done is closed.
type call struct {
	records []durable.Record
	// refused flags each record that exceeded the capacity; nil if none did.
	refused []bool
	// err is the result of Append; it is set before done is closed, and read only after.
	err  error
	done chan struct{}
}

// refuse flags one record. The slice is made only here, since almost no call needs one.
func (c *call) refuse(i int) {
	if c.refused == nil {
		c.refused = make([]bool, len(c.records))
	}
	c.refused[i] = true
}

// finish ends the call. Its Append may return at once, so nothing of the call is touched after it.
func (c *call) finish(err error) {
	c.err = err
	close(c.done)
}

// Append returns when all records are on disk, in order and behind those of earlier
// calls, or with a *FullError that names those that are not. After any other error
// all of them count as not appended. If ctx ends before their write began, nothing
// was written; a write that has begun is waited for.
func (a *appender) Append(ctx context.Context, records []durable.Record) error {
	for i := range records {
		if n := len(records[i].Value); n == 0 || n > maxValue {
			return fmt.Errorf("appending a record of %d bytes, must lie between 1 and %d", n, maxValue)
		}
	}
	if len(records) == 0 {
		return nil
	}
	c := &call{records: records, done: make(chan struct{})}
	a.inv.mu.Lock()
	if a.inv.closed {
		a.inv.mu.Unlock()
		return ErrClosed
	}
	a.pending = append(a.pending, c)
	a.inv.mu.Unlock()
	for {
		// Of several ready cases select takes any: without this look a call that is done could take
		// the token again, and store a group for others before it returns.
		select {
		case <-c.done:
			return c.err
		default:
		}
		select {
		case <-c.done:
			return c.err
		case a.tail.writing <- struct{}{}:
			a.commit()
			<-a.tail.writing
		case <-ctx.Done():
			if a.withdraw(c) {
				return ctx.Err()
			}
			// In a group already: the bytes may be on disk, so only its result is the truth. The
			// wait is that of one group's write.
			<-c.done
			return c.err
		}
	}
}

// withdraw removes a call from the queue; false means that a group has it, or Close.
func (a *appender) withdraw(c *call) bool {
	a.inv.mu.Lock()
	defer a.inv.mu.Unlock()
	i := slices.Index(a.pending, c)
	if i >= 0 {
		a.pending = slices.Delete(a.pending, i, i+1)
	}
	return i >= 0
}

// groupBytes is where a group ends, exceeded by one call at most. It bounds the memory of a
// group's frames and the length of its fsync.
const groupBytes = 8 << 20

// group takes the pending calls that share the next fsync (group commit). A call is never split:
// its records are acknowledged together. The caller owns the token.
func (a *appender) group() []*call {
	a.inv.mu.Lock()
	defer a.inv.mu.Unlock()
	n, bytes := 0, 0
	for n < len(a.pending) && bytes < groupBytes {
		for i := range a.pending[n].records {
			bytes += headingBytes + len(a.pending[n].records[i].Value)
		}
		n++
	}
	group := a.pending[:n:n] // capped: an append to it would write over calls that still wait
	a.pending = a.pending[n:]
	return group
}

// commit stores one group and completes its calls. The caller owns the token. It stores the
// calls of other goroutines too: whoever gets the token first pays the fsync for all.
func (a *appender) commit() {
	group := a.group()
	if len(group) == 0 {
		return
	}
	a.budget.refreshCapacity()
	a.budget.admit(group)
	err := a.store(group)
	var full error
	if diskFull(err) {
		// The disk is full below the declared limit: retry with the control records alone, in
		// the blocks of the reserve.
		full = err
		a.budget.reportFull(true)
		a.budget.useReserve()
		refuse(group, false)
		if err = a.store(group); diskFull(err) {
			refuse(group, true)
			err = nil
		}
	}
	if err != nil {
		a.inv.stats.Faults.Add(1)
		a.inv.log.Error("spool cannot store events", "error", err)
	}
	// Only here is anything acknowledged: store has returned, so the records are synced and their
	// path was compared.
	for _, c := range group {
		if err != nil {
			c.finish(err)
		} else {
			c.finish(a.full(c, full))
		}
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

// full is the error of a call of which something was refused, nil if nothing was.
func (a *appender) full(c *call, err error) error {
	if c.refused == nil {
		return nil
	}
	e := &FullError{Err: err}
	for i, refused := range c.refused {
		if refused {
			e.Refused = append(e.Refused, i)
		}
	}
	a.inv.stats.Refused.Add(uint64(len(e.Refused)))
	return e
}

// store writes the admitted records of a group and returns when they are on disk.
// After a fault it tries once more, in a new segment; where the directory is gone, in a new one.
// A full disk that left the segment whole is no fault: the caller answers it with the reserve. The caller owns the token.
func (a *appender) store(group []*call) error {
	for faults := 0; ; faults++ {
		err := a.presence.restore()
		if err == nil {
			err = a.tail.write(group)
		}
		if err == nil || faults > 0 || diskFull(err) && !errors.Is(err, errBroken) {
			return err
		}
		a.inv.stats.Faults.Add(1)
		a.inv.log.Warn("spool goes on in a new segment", "error", err)
	}
}

// capacityPoll is the interval at which WaitCapacity measures again: other processes free
// space without a signal to this one.
const capacityPoll = 250 * time.Millisecond

// Capacity returns how many bytes of messages would be accepted now, 0 if none. It waits for an
// fsync in progress, so it is not for the path of traffic.
func (a *appender) Capacity() int64 {
	a.tail.writing <- struct{}{}
	defer func() { <-a.tail.writing }()
	select {
	case <-a.inv.closing:
		return 0
	default:
	}
	if a.inv.own == nil {
		a.budget.measureOthers()
		return max(0, a.budget.free()-a.inv.options.Reserve)
	}
	if err := a.presence.restore(); err != nil {
		a.inv.log.Error("spool cannot store events", "error", err)
		return 0
	}
	a.budget.refreshCapacity()
	if !a.budget.reserveHeld {
		return 0
	}
	return max(0, a.budget.free())
}

// WaitCapacity blocks until so many bytes of messages would be accepted. A bound that can never
// be met counts as met when the spool is empty.
func (a *appender) WaitCapacity(ctx context.Context, bytes int64) error {
	bytes = min(bytes, a.inv.options.MaxBytes-a.inv.options.Reserve)
	for a.Capacity() < bytes {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-a.inv.closing:
			return ErrClosed
		case <-a.inv.spaceAvailable:
		case <-time.After(capacityPoll):
		}
	}
	return nil
}
