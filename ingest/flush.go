package ingest

import (
	"context"
	"fmt"
	"time"

	"github.com/mcptrail/mcptrail/schema/retry"
)

// flush stores the block, then commits. This order is what the package is about.
func (f *follower) flush(ctx context.Context, cut string) error {
	b := &f.block
	if len(b.Rejected) > 0 && f.Publish != nil {
		if err := f.insist(ctx, "publishing rejected records", func(ctx context.Context) error {
			return f.outliving(ctx, func(ctx context.Context) error { return f.Publish(ctx, b.Topic, b.Partition, b.Rejected) })
		}); err != nil {
			return err
		}
	}
	start := time.Now()
	if err := f.insist(ctx, "storing block "+b.Token(), func(ctx context.Context) error {
		return f.outliving(ctx, func(ctx context.Context) error {
			err := f.Store.Insert(ctx, b)
			b.Tried = true
			return err
		})
	}); err != nil {
		return err
	}
	f.Metrics.stored(b, cut, time.Since(start))
	b.reset()
	if err := f.Commit(f.next); err != nil {
		f.Metrics.commitErrors.Inc()
		return fmt.Errorf("committing offset %d: %w", f.next-f.stored.Base, err)
	}
	f.committed = f.next - f.stored.Base
	return nil
}

// insist tries a step until it succeeds. It fails only when ctx has ended.
func (f *follower) insist(ctx context.Context, what string, step func(context.Context) error) error {
	pauses := retry.New(f.Config.RetryMin, f.Config.RetryMax)
	for {
		begun := time.Now()
		err := step(ctx)
		if err == nil {
			f.works()
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if time.Since(begun) > f.Config.RetryMax {
			pauses.Reset()
		}
		f.Metrics.retries.Inc()
		f.Metrics.trouble(f.block.Topic, f.block.Partition, err)
		pause := pauses.Next()
		f.log.Warn("trying again", "what", what, "after", pause, "cause", err)
		if err := retry.Sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// outliving bounds one remote write. It may outlive ctx by the grace period: an
// insert whose answer nobody awaits may land after the partition's next owner has
// looked at what is stored.
func (f *follower) outliving(ctx context.Context, write func(context.Context) error) error {
	attempt, cancel := context.WithTimeout(context.WithoutCancel(ctx), f.Config.InsertTimeout)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(f.Config.Grace, cancel) })
	defer stop()
	return write(attempt)
}

func (f *follower) works() { f.Metrics.trouble(f.block.Topic, f.block.Partition, nil) }
