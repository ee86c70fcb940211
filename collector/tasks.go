package collector

import (
	"context"
	"encoding/hex"
	"errors"
	"time"

	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/journal"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/collector/redact"
	"github.com/mcptrail/mcptrail/collector/unsynced"
	"github.com/mcptrail/mcptrail/schema"
)

// adoptPoll is how often a policy is offered to a queue that is full even for that.
const adoptPoll = 5 * time.Millisecond

// Adopt puts another policy in force for everything that is observed after it, and
// records that. It waits only where the queue has no capacity at all.
func (r *Recorder) Adopt(change redact.Change) {
	adopt := func() {
		r.interpreter.Adopt(change.Redactor)
		r.journal.State(journal.Statement{What: "policy", File: change.File, From: digits(change.From), To: digits(change.To)}, r.now())
	}
	for !r.do(adopt, nil) && !r.queue.Closed() {
		time.Sleep(adoptPoll)
	}
}

func digits(h schema.Hash) string { return hex.EncodeToString(h[:]) }

// Damaged records what is lost, in the place of each event that is known and in the
// collector's own session, and returns when that is durable.
func (r *Recorder) Damaged(ctx context.Context, loss durable.Loss) error {
	return r.doDurably(ctx, func() { r.journal.RecordDamage(loss, r.now()) })
}

// doDurably does work and returns when what it recorded is durable.
func (r *Recorder) doDurably(ctx context.Context, work func()) error {
	written := make(chan bool, 1)
	if !r.do(work, written) {
		return errNoCapacity
	}
	select {
	case safe := <-written:
		if !safe {
			return errNoCapacity
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// errNoCapacity means that something could not be recorded; retry later.
var errNoCapacity = errors.New("the record has no capacity")

// Killed records what a collector that was killed had in memory only, and returns when that
// is durable.
func (r *Recorder) Killed(ctx context.Context, k unsynced.Killed) error {
	return r.doDurably(ctx, func() { r.journal.RecordKilled(k.Epoch, k.AtMost, k.Window, k.At) })
}

// Adopted records that this process took over what a dead one had left.
func (r *Recorder) Adopted(sets int) {
	r.do(func() { r.journal.State(journal.Statement{What: "adopted", Records: uint64(sets)}, r.now()) }, nil)
}

// SpoolReplaced records that the spool's directory was removed or replaced, so often by now,
// and made again.
func (r *Recorder) SpoolReplaced(times uint64) {
	r.do(func() { r.journal.State(journal.Statement{What: "spool_replaced", Records: times}, r.now()) }, nil)
}

// do enqueues work for the goroutine of Run, in the order of the queue. It reports whether
// the queue accepted it; written, with capacity for one value, receives whether what the
// work recorded is durable.
func (r *Recorder) do(work func(), written chan<- bool) bool {
	return r.queue.Do(observe.Task{Run: work}, written, r.now())
}
