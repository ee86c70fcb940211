package ingest

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

// Consumer moves partitions into a store. All fields but Publish are required.
type Consumer struct {
	Config  Config
	Store   Store
	Metrics *Metrics
	Log     *slog.Logger
	// Publish writes rejected records to their topic, the dead letters, before they are
	// stored; nil is no such topic. It is retried after an error, so that topic can hold
	// a record more than once.
	Publish func(ctx context.Context, topic string, partition int, rejected []Rejected) error
}

// Run moves one assigned partition until ctx ends, then drops what it has not
// begun to store. Whatever fails is retried for as long as it takes. The
// committed offset is negative if there is none.
func (c *Consumer) Run(ctx context.Context, topic string, partition int, committed int64, p Partition) {
	f := &follower{Consumer: c, source: p, committed: committed, lag: c.Metrics.partition(topic, partition),
		block: Block{Topic: topic, Partition: partition}, log: c.Log.With("topic", topic, "partition", partition)}
	_ = f.retry(ctx, "following the partition", f.follow)
	f.clearTrouble()
	f.lag.lost()
}

// follower follows one partition. Its goroutine owns it.
type follower struct {
	*Consumer
	// Partition is source with the base of the current log added to its offsets.
	Partition
	source Partition
	log    *slog.Logger
	lag    partitionMetrics
	// committed offset of the group, without base.
	committed int64
	// next is the offset that must come next.
	next   int64
	stored Progress
	block  Block
	// newest is the last record that was read, or stored before; its Offset is -1 if the log
	// has neither. At checked it was still in its place.
	newest  Mark
	checked time.Time
	// kept is the highest offset of an event or seal that is known to be stored, -1 for
	// none; at keptChecked the store still had it.
	kept        int64
	keptChecked time.Time
	// firstBlock says that no block was stored since the partition was taken over: the
	// owner before may have tried to store the next one, so its token may be known.
	firstBlock bool
}

// follow starts from what is stored and goes on until something fails. It keeps
// nothing of an earlier attempt but the committed offset.
func (f *follower) follow(ctx context.Context) error {
	if err := f.resume(ctx); err != nil {
		return err
	}
	for {
		wait := time.Second
		if !f.block.empty() {
			wait = f.Config.BlockWait - time.Since(f.block.Begun)
		}
		if wait <= 0 {
			if err := f.flush(ctx, cutTime); err != nil {
				return err
			}
			continue
		}
		records, end, err := f.Fetch(ctx, f.next, wait)
		if err != nil {
			return fmt.Errorf("fetching from offset %d: %w", f.next, err)
		}
		if err := f.follows(ctx, records); err != nil {
			return err
		}
		if err := f.storeKept(ctx, storeCheckInterval); err != nil {
			return err
		}
		for i := range records {
			if err := f.consume(ctx, records[i]); err != nil {
				return err
			}
		}
		f.lag.behind(end - f.next)
		f.clearTrouble()
	}
}

// resume finds the offset to start from. It fails with errLogReplaced where the log is
// not the one that was stored from.
func (f *follower) resume(ctx context.Context) (err error) {
	f.block.Reset()
	f.firstBlock = true
	if f.stored, err = f.Store.Resume(ctx, f.block.Topic, f.block.Partition, f.committed); err != nil {
		return fmt.Errorf("asking what is stored: %w", err)
	}
	f.Partition, f.newest = shifted{f.source, f.stored.Base}, f.stored.Newest
	f.kept, f.keptChecked = f.stored.Newest.Offset, time.Now()
	first, end, err := f.Bounds(ctx)
	if err != nil {
		return fmt.Errorf("asking for the log's bounds: %w", err)
	}
	cause, err := f.replaced(ctx, first, end)
	if err != nil {
		return err
	}
	if cause != "" {
		return f.beginLog(ctx, cause, first, end)
	}
	if f.newest.Offset < first {
		f.newest.Offset = -1 // retention took it, or there is none
	}
	f.next = f.stored.Start
	if f.stored.Reread > 0 {
		if err := f.reportStoreBehind(ctx, first, end); err != nil {
			return err
		}
	}
	f.log.Info("partition taken over", "committed", f.committed, "start", f.next-f.stored.Base, "end", end-f.stored.Base, "base", f.stored.Base)
	if f.next < first {
		return f.recordMissing(ctx, first)
	}
	return nil
}

// consume adds one record to the block, and stores the block where it is full.
func (f *follower) consume(ctx context.Context, r Record) error {
	if r.Offset < f.next {
		return nil
	}
	if r.Offset > f.next {
		if err := f.recordMissing(ctx, r.Offset); err != nil {
			return err
		}
	}
	f.Metrics.records.Inc()
	if err := f.cutBefore(ctx, r.Offset); err != nil {
		return err
	}
	f.next++
	if f.stored.Has(r.Offset) {
		f.Metrics.known.Inc()
		return nil
	}
	f.begin(r.Offset)
	if err := f.block.Add(r); err != nil {
		f.Metrics.rejected.Inc()
		f.log.Warn("record rejected", "offset", r.Offset-f.stored.Base, "bytes", len(r.Value), "reason", err)
	}
	switch {
	case f.next%int64(f.Config.BlockEvents) == 0:
		return f.flush(ctx, cutOffset)
	case f.block.Bytes() >= f.Config.BlockBytes:
		return f.flush(ctx, cutBytes)
	}
	return nil
}

// recordMissing records that the offsets up to that one were gone, and goes on there.
func (f *follower) recordMissing(ctx context.Context, offset int64) error {
	from, last := f.next, offset-1
	if err := f.cutBefore(ctx, last); err != nil {
		return err
	}
	f.next = offset
	if f.stored.Has(last) {
		return nil
	}
	what := "were gone before they were read"
	if from < f.stored.Reread {
		what = "had been stored, are in the tables no more, and Kafka no longer has them"
	}
	f.Metrics.missed.Add(float64(offset - from))
	f.log.Error("records "+what+"; collectors that still have them send them again", "from", from-f.stored.Base, "to", last-f.stored.Base)
	f.begin(last)
	f.block.addMissing(last, fmt.Sprintf("offsets %d to %d %s", from-f.stored.Base, last-f.stored.Base, what))
	if offset%int64(f.Config.BlockEvents) == 0 {
		return f.flush(ctx, cutOffset)
	}
	return nil
}

// cutBefore stores the block if the offset belongs to another one.
func (f *follower) cutBefore(ctx context.Context, offset int64) error {
	n := int64(f.Config.BlockEvents)
	if f.block.empty() || offset/n == f.block.First/n {
		return nil
	}
	return f.flush(ctx, cutOffset)
}

// begin notes, of a block that an offset begins, what is known of its token.
func (f *follower) begin(offset int64) {
	if f.block.empty() {
		f.block.Tried, f.block.Reread = f.firstBlock, offset < f.stored.Reread
		f.firstBlock = false
	}
}
