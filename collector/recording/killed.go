package recording

import (
	"context"
	"time"

	"github.com/mcptrail/mcptrail/collector/spool"
	"github.com/mcptrail/mcptrail/collector/unsynced"
)

// killedInterval is the pause between two searches for collectors that were killed.
const killedInterval = 5 * time.Second

// attach has what is in memory only counted in a file, so that it can be stated if this
// process is killed. It takes microseconds and is done before anything passes. Where the
// spool's directory is not available yet, reportKilled does it later.
func (r *Recording) attach() {
	if spool.MakeDir(r.config.SpoolDir) == nil {
		_ = r.config.Collector.Unsynced.Attach(r.config.SpoolDir, r.config.Collector.Epoch)
	}
}

// reportKilled states, until ctx ends, what collectors on this host that were killed had in
// memory only.
func (r *Recording) reportKilled(ctx context.Context) {
	// Attach does nothing where attach has succeeded before.
	attached := false
	for {
		if !attached {
			err := r.config.Collector.Unsynced.Attach(r.config.SpoolDir, r.config.Collector.Epoch)
			if attached = err == nil; err != nil {
				r.config.Log.Warn("if this process is killed, nobody will know how many messages it had in memory", "cause", err)
			}
		}
		// The file of the dead run is removed when this function has returned nil, which
		// Recorder.Killed does only once the statement is durable.
		err := unsynced.Find(r.config.SpoolDir, func(k unsynced.Killed) error {
			if err := r.Recorder.Killed(ctx, k); err != nil {
				return err
			}
			r.config.Log.Warn("a collector was killed, some of the last messages may be missing", "epoch", k.Epoch, "at_most", k.AtMost, "within", k.Window)
			return nil
		})
		if err != nil && ctx.Err() == nil {
			r.config.Log.Warn("cannot state yet what a killed collector had in memory", "cause", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(killedInterval):
		}
	}
}
