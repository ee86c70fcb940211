package collector

import (
	"context"
	"sync"

	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/journal"
)

// Publish hands records on, in order, and returns when they are as durable as the
// next stage makes them. It retries for as long as ctx lives; refused are the
// indices of records for which there is no capacity, ascending.
type Publish func(ctx context.Context, records []durable.Record) (refused []int, err error)

// batch is what was taken from the queue at once, as records.
type batch struct {
	journal.Batch
	// bytes that its observations count for in the queue.
	bytes int
	// waiting receive whether all the records are durable.
	waiting []chan<- bool
}

// delivery publishes batches, one after the other, on a goroutine of its own: the next
// batch is made while the one before is on its way to the disk.
type delivery struct {
	publish Publish
	stats   *Stats
	// done releases the bytes of a batch; full is called when the next stage has no
	// capacity: it refused a record, or hasCapacity is false behind a batch. hasCapacity may
	// be nil.
	done        func(bytes int)
	full        func()
	hasCapacity func() bool
	batches     chan batch

	// mu guards deferred, for an append.
	mu       sync.Mutex
	deferred []journal.Deferred
}

// run publishes until batches is closed. When ctx ends, what is left is counted as
// unpublished.
func (d *delivery) run(ctx context.Context) {
	for b := range d.batches {
		d.deliver(ctx, &b)
	}
}

// deliver publishes one batch. What the next stage refuses is deferred: it becomes gaps
// once there is capacity.
func (d *delivery) deliver(ctx context.Context, b *batch) {
	safe := len(b.Records) == 0
	defer func() {
		d.done(b.bytes)
		for _, c := range b.waiting {
			c <- safe
		}
	}()
	if safe {
		return
	}
	if ctx.Err() != nil {
		d.stats.Unpublished.Add(uint64(len(b.Records)))
		return
	}
	refused, err := d.publish(ctx, b.Records)
	if err != nil {
		d.stats.Unpublished.Add(uint64(len(b.Records)))
		return
	}
	d.stats.Published.Add(uint64(len(b.Records) - len(refused)))
	next := 0
	for i := range b.Records {
		if next < len(refused) && refused[next] == i {
			next++
		} else if n := b.Named(i); n > 0 {
			d.stats.Unwritten.Add(-n)
		}
	}
	if safe = len(refused) == 0; safe {
		if d.hasCapacity != nil && !d.hasCapacity() {
			d.full()
		}
		return
	}
	d.stats.Refused.Add(uint64(len(refused)))
	d.mu.Lock()
	for _, i := range refused {
		d.deferred = append(d.deferred, b.Defer(i))
	}
	d.mu.Unlock()
	d.full()
}

// returnDeferred takes back what takeDeferred returned.
func (d *delivery) returnDeferred(deferred []journal.Deferred) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.deferred = append(deferred, d.deferred...)
}

// deferredMessages is how many refused events wait to be named by a gap.
func (d *delivery) deferredMessages() (n uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range d.deferred {
		if !d.deferred[i].Kept() {
			n++
		}
	}
	return n
}

// takeDeferred returns what was refused since the last call.
func (d *delivery) takeDeferred() []journal.Deferred {
	d.mu.Lock()
	defer d.mu.Unlock()
	deferred := d.deferred
	d.deferred = nil
	return deferred
}
