package ship

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/spool"
)

// Keeper puts what a recorder makes into a spool. The spool is opened at the first
// chance: a directory that cannot be had yet does not stop the traffic.
type Keeper struct {
	options spool.Options
	log     *slog.Logger
	// enough is how many bytes of room make it take messages again.
	enough int64

	// opened is closed once spool is set.
	opened chan struct{}
	spool  atomic.Pointer[spool.Spool]
}

const (
	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
)

// NewKeeper builds a Keeper; nothing is opened yet. It lets messages in again, after
// there was no room, when there is room for so many bytes of them.
func NewKeeper(options spool.Options, enough int64, log *slog.Logger) (*Keeper, error) {
	if err := options.Validate(); err != nil {
		return nil, err
	}
	return &Keeper{options: options, enough: enough, log: log, opened: make(chan struct{})}, nil
}

// Open opens the spool, and tries until it can or ctx ends. Call it once.
func (k *Keeper) Open(ctx context.Context) (*spool.Spool, error) {
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		s, err := spool.Open(k.options, k.log)
		if err == nil {
			k.spool.Store(s)
			close(k.opened)
			return s, nil
		}
		if pause == firstPause {
			k.log.Error("the spool cannot be opened, nothing is recorded until it can; give another --spool", "dir", k.options.Dir, "error", err)
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(pause):
		}
	}
}

// Spool returns the spool, nil before it could be opened.
func (k *Keeper) Spool() *spool.Spool { return k.spool.Load() }

// Room reports whether messages find room.
func (k *Keeper) Room() bool {
	s := k.spool.Load()
	return s != nil && s.Room() >= k.enough
}

// Publish implements [collector.Publish]: it returns when the records are on disk.
func (k *Keeper) Publish(ctx context.Context, records []durable.Record) (refused []int, err error) {
	select {
	case <-k.opened:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := k.spool.Load().Append(ctx, records)
		if full, ok := errors.AsType[*spool.FullError](err); ok {
			return full.Refused, nil
		}
		if err == nil || ctx.Err() != nil || errors.Is(err, spool.ErrClosed) {
			return nil, err
		}
		// The spool has logged it.
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
		}
	}
}
