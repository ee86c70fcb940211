package cli

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/mcptrail/mcptrail/collector/spool"
)

// shipCommand runs a collector without a transport.
type shipCommand struct {
	Once bool `help:"End when nothing is left that could be sent."`
}

// Help is shown below the flags.
func (shipCommand) Help() string {
	return `Every collector sends what dead ones left. Run this as a service on hosts where collectors are short-lived, so that
somebody always does. mcptrail up does it too.

Example:
  mcptrail-collector ship --brokers kafka:9092 --receipts https://mcptrail.example`
}

// Run adopts, sends and frees until ctx ends; with --once, until all is sent.
//
// It records nothing but itself: its own session and seals, in a set of its own.
func (c *shipCommand) Run(ctx context.Context, r *RecordingFlags) error {
	config, err := r.config()
	if err != nil {
		return err
	}
	rec, err := r.build(config, "ship")
	if err != nil {
		return err
	}
	dir, err := r.spoolDir()
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "shipping what is left in %s\n", dir)
	return notice(rec.Run(ctx, 0, func(ctx context.Context) error {
		if !c.Once {
			<-ctx.Done()
			return nil
		}
		return wait(ctx, func() (bool, error) {
			// Our own set is left out, since it gets new seals while we wait; the grace
			// ships it.
			sets, err := spool.Status(dir)
			return err == nil && !slices.ContainsFunc(sets, func(s spool.SetStatus) bool {
				// What living collectors hold, they send themselves.
				return s.Epoch != rec.Epoch() && (!s.Held || s.PID == os.Getpid())
			}), err
		})
	}))
}

// wait polls until it is done, or ctx ends.
// It asks once a second; done looks at files of the spool.
func wait(ctx context.Context, done func() (bool, error)) error {
	for {
		if ok, err := done(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
	}
}
