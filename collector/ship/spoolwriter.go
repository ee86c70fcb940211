package ship

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/spool"
	"github.com/mcptrail/mcptrail/schema/retry"
)

// SpoolWriter appends what a recorder makes to a spool. The spool is opened in the
// background: a directory that is not available yet does not stop the traffic.
type SpoolWriter struct {
	options spool.Options
	log     *slog.Logger
	// resumeBytes is the capacity that ends a pause: more than one message, so that a
	// full spool does not pause and resume with each.
	resumeBytes int64

	// opened is closed once spool is set.
	opened chan struct{}
	spool  atomic.Pointer[spool.Spool]
}

const (
	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
)

// NewSpoolWriter builds a SpoolWriter; nothing is opened yet. After the spool was full,
// HasCapacity is true again at resumeBytes of free capacity.
func NewSpoolWriter(options spool.Options, resumeBytes int64, log *slog.Logger) (*SpoolWriter, error) {
	if err := options.Validate(); err != nil {
		return nil, err
	}
	return &SpoolWriter{options: options, resumeBytes: resumeBytes, log: log, opened: make(chan struct{})}, nil
}

// Open opens the spool, and retries until that succeeds or ctx ends. Call it once.
func (w *SpoolWriter) Open(ctx context.Context) (*spool.Spool, error) {
	pauses := retry.New(firstPause, lastPause)
	for first := true; ; first = false {
		s, err := spool.Open(w.options, w.log)
		if err == nil {
			w.spool.Store(s)
			// Publish reads spool without a lock once opened is closed.
			close(w.opened)
			return s, nil
		}
		if first {
			w.log.Error("the spool cannot be opened, nothing is recorded until it can; give another --spool", "dir", w.options.Dir, "error", err)
		}
		if pauses.Wait(ctx) != nil {
			return nil, err
		}
	}
}

// Spool returns the spool, nil before it could be opened.
func (w *SpoolWriter) Spool() *spool.Spool { return w.spool.Load() }

// HasCapacity reports whether messages would be accepted now.
// It is false before the spool is open.
func (w *SpoolWriter) HasCapacity() bool {
	s := w.spool.Load()
	return s != nil && s.Capacity() >= w.resumeBytes
}

// Publish implements collector.Publish: it returns when the records are fsynced.
//
// Records that exceed the capacity are refused at once and not retried: waiting here would
// stop the recorder, and the gap that names them needs it. An error of the disk is retried
// with the whole batch, none of which then counts as appended.
func (w *SpoolWriter) Publish(ctx context.Context, records []durable.Record) (refused []int, err error) {
	select {
	case <-w.opened:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	pauses := retry.New(firstPause, lastPause)
	for {
		err := w.spool.Load().Append(ctx, records)
		if full, ok := errors.AsType[*spool.FullError](err); ok {
			return full.Refused, nil
		}
		if err == nil || ctx.Err() != nil || errors.Is(err, spool.ErrClosed) {
			return nil, err
		}
		// The spool has logged it.
		if err := pauses.Wait(ctx); err != nil {
			return nil, err
		}
	}
}
