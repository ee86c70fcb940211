package collector

import (
	"context"
	"sync"
	"time"

	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/journal"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/collector/unsynced"
)

// Publish hands records on, in order, and returns when they are as durable as the
// next stage makes them. It retries for as long as ctx lives; refused are the
// indices of records for which there is no capacity, ascending.
type Publish func(ctx context.Context, records []durable.Record) (refused []int, err error)

// batch is what was taken from the queue at once, as records.
type batch struct {
	journal.Batch
	load
}

// load is what the records of a batch stand for.
type load struct {
	// bytes that its observations count for in the queue.
	bytes int
	// messages among them and in its gaps, lost of them in gaps; passed is when the newest
	// that became an event did.
	messages, lost uint64
	passed         time.Time
	// waiting receive whether all the records are durable.
	waiting []chan<- bool
}

// none is the load of records that the collector made by itself.
var none = load{}

// add takes an observation.
func (l *load) add(o *observe.Observation) {
	l.bytes += o.Bytes()
	if o.BecomesEvent() {
		l.messages++
		l.passed = o.Passed()
	}
	if o.Durable != nil {
		l.waiting = append(l.waiting, o.Durable)
	}
}

// addLoss takes the messages of a gap.
func (l *load) addLoss(loss *observe.Loss) {
	l.messages += loss.Count
	l.lost += loss.Count
}

// delivery publishes batches, one after the other, on a goroutine of its own: the next
// batch is made while the one before is on its way to the disk.
type delivery struct {
	publish  Publish
	stats    *Stats
	unsynced *unsynced.Page
	// done releases the bytes of a batch; full is called when the next stage has no
	// capacity: it refused a record, or hasCapacity is false behind a batch. hasCapacity may
	// be nil.
	done        func(bytes int)
	full        func()
	hasCapacity func() bool
	batches     chan batch

	// mu guards what follows, for an append. deferred are records that were refused, of as
	// many messages.
	mu       sync.Mutex
	deferred []journal.Deferred
	messages uint64
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
		if safe {
			d.unsynced.Recorded(b.messages, b.lost, b.passed)
		}
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
			continue
		}
		messages, bytes := b.Named(i)
		d.stats.Lost.Add(messages)
		d.stats.LostBytes.Add(bytes)
	}
	if safe = len(refused) == 0; safe {
		if d.hasCapacity != nil && !d.hasCapacity() {
			d.full()
		}
		return
	}
	d.stats.Refused.Add(uint64(len(refused)))
	d.unsynced.Refused(b.messages-b.lost, time.Now())
	d.mu.Lock()
	d.messages += b.messages
	for _, i := range refused {
		d.deferred = append(d.deferred, b.Defer(i))
	}
	d.mu.Unlock()
	d.full()
}

// returnDeferred takes back what takeDeferred returned.
func (d *delivery) returnDeferred(deferred []journal.Deferred, messages uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.deferred, d.messages = append(deferred, d.deferred...), d.messages+messages
}

// takeDeferred returns what was refused since the last call, and of how many messages.
func (d *delivery) takeDeferred() (deferred []journal.Deferred, messages uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	deferred, messages = d.deferred, d.messages
	d.deferred, d.messages = nil, 0
	return deferred, messages
}
