package ingest

import (
	"fmt"
	"time"

	"github.com/mcptrail/mcptrail/schema"
)

// Config says when a block is cut and how long things may take.
type Config struct {
	// BlockEvents: a block ends at every offset that is a multiple of it. It is
	// the only cut under load, and the same for every process and run.
	BlockEvents int
	// BlockBytes cuts a block of large records early.
	BlockBytes int
	// BlockWait cuts a block that fills slowly: the longest that an event waits to
	// become visible.
	BlockWait time.Duration
	// InsertTimeout ends one attempt to store a block; then its fate is unknown
	// and the same block is retried.
	InsertTimeout time.Duration
	// Grace is how long an insert under way may go on once the partition is lost
	// or the process is to stop. It must end before the group gives the
	// partition away.
	Grace time.Duration
	// RetryMin and RetryMax bound the pause before a failed step is retried.
	RetryMin, RetryMax time.Duration
}

// Defaults are good for production.
func Defaults() Config {
	return Config{BlockEvents: 8192, BlockBytes: 32 << 20, BlockWait: 500 * time.Millisecond,
		InsertTimeout: time.Minute, Grace: 10 * time.Second, RetryMin: 100 * time.Millisecond, RetryMax: 2 * time.Second}
}

// Validate names the first value that cannot work.
func (c Config) Validate() error {
	switch {
	case c.BlockEvents < 1 || c.BlockEvents > schema.MaxBlockEvents:
		return fmt.Errorf("block of %d events: want 1 to %d", c.BlockEvents, schema.MaxBlockEvents)
	case c.BlockBytes < 1:
		return fmt.Errorf("block of %d bytes: want at least 1", c.BlockBytes)
	case c.BlockWait <= 0 || c.InsertTimeout <= 0 || c.RetryMin <= 0 || c.RetryMax < c.RetryMin:
		return fmt.Errorf("waits of %v, %v and %v to %v: all must be positive, and the last not the shorter", c.BlockWait, c.InsertTimeout, c.RetryMin, c.RetryMax)
	case c.Grace < 0:
		return fmt.Errorf("grace of %v: want at least 0", c.Grace)
	}
	return nil
}
