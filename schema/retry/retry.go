// Package retry spaces out the attempts of a step that fails: exponential backoff
// with jitter, so that the many processes that lost one server do not all come back
// to it in the same instant.
package retry

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Backoff is the sequence of pauses of one loop. It is for one goroutine.
type Backoff struct {
	next *backoff.ExponentialBackOff
}

// New returns a Backoff whose pauses begin near first, double, and end near longest.
// Each varies by half its length either way.
func New(first, longest time.Duration) *Backoff {
	return &Backoff{&backoff.ExponentialBackOff{InitialInterval: first, MaxInterval: longest, Multiplier: 2, RandomizationFactor: 0.5}}
}

// Next returns the pause before the next attempt, for a caller that reports it or
// waits for something else too.
func (b *Backoff) Next() time.Duration { return b.next.NextBackOff() }

// Reset begins the sequence again. Call it after an attempt that succeeded, or that
// lasted long before it failed.
func (b *Backoff) Reset() { b.next.Reset() }

// Wait waits for the next pause. It returns the error of ctx if that ends first, nil
// otherwise.
func (b *Backoff) Wait(ctx context.Context) error { return Sleep(ctx, b.Next()) }

// Sleep waits for d. It returns the error of ctx if that ends first, nil otherwise.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
