package ingest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mcptrail/mcptrail/schema/retry"
)

// flush stores the block, then commits the group's offset behind it. This order is what
// the package is about: a crash between the two has the block read and stored again under
// the same token, which the store recognises; the other order would lose it.
//
// Rejected records go to their topic (the dead letters) before they count as stored. An
// error is one of ctx or of the commit: the partition then belongs to somebody else.
func (f *follower) flush(ctx context.Context, cut string) error {
	b := &f.block
	if len(b.Rejected) > 0 && f.Publish != nil {
		if err := f.retry(ctx, "publishing rejected records", func(ctx context.Context) error {
			return f.withGrace(ctx, func(ctx context.Context) error { return f.Publish(ctx, b.Topic, b.Partition, b.Rejected) })
		}); err != nil {
			return err
		}
	}
	start := time.Now()
	var behind error
	if err := f.retry(ctx, "storing block "+b.Token(), func(ctx context.Context) error {
		return f.withGrace(ctx, func(ctx context.Context) error {
			err := f.storeKept(ctx, f.keptFor())
			if errors.Is(err, errStoreBehind) {
				behind = err
				return nil
			}
			if err != nil {
				return err
			}
			err = f.Store.Insert(ctx, b)
			b.Tried = true // whatever the answer was, the rows may be there
			return err
		})
	}); err != nil {
		return err
	}
	if behind != nil {
		return behind
	}
	f.Metrics.stored(b, cut, time.Since(start))
	f.kept = max(f.kept, b.newest())
	b.Reset()
	if err := f.Commit(f.next); err != nil {
		f.Metrics.commitErrors.Inc()
		return fmt.Errorf("committing offset %d: %w", f.next-f.stored.Base, err)
	}
	f.committed = f.next - f.stored.Base
	return nil
}

// retry runs a step until it succeeds, with exponential backoff and jitter, and reports
// the partition as standing still meanwhile. It fails only when ctx has ended.
//
// There is no limit to the attempts: while the store is away nothing is fetched, so the
// backlog waits in Kafka and not in memory (backpressure). A step that ran for longer
// than the longest pause begins the pauses anew, since it had been working.
func (f *follower) retry(ctx context.Context, what string, step func(context.Context) error) error {
	pauses := retry.New(f.Config.RetryMin, f.Config.RetryMax)
	for {
		begun := time.Now()
		err := step(ctx)
		if err == nil {
			f.clearTrouble()
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

// withGrace bounds one remote write by the insert timeout. The write may outlive ctx by
// the grace period: an insert that is abandoned at once may still land, after the
// partition's next owner has read what is stored.
func (f *follower) withGrace(ctx context.Context, write func(context.Context) error) error {
	attempt, cancel := context.WithTimeout(context.WithoutCancel(ctx), f.Config.InsertTimeout)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(f.Config.Grace, cancel) })
	defer stop()
	return write(attempt)
}

func (f *follower) clearTrouble() { f.Metrics.trouble(f.block.Topic, f.block.Partition, nil) }
