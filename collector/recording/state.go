package recording

import (
	"context"
	"time"

	"github.com/mcptrail/mcptrail/collector/ship"
)

// stateInterval is how often the collector's state is written, if it has changed.
const stateInterval = 2 * time.Second

// reportState writes what `mcptrail-collector status` shows, until ctx ends.
func (r *Recording) reportState(ctx context.Context) {
	recorded, shipped := r.Recorder.Stats(), &r.shipper.Stats
	state := ship.State{Recording: r.config.What, Started: time.Now().UTC()}
	for written := (ship.State{}); ; {
		state.Recorded, state.Lost = recorded.Recorded.Load(), recorded.Lost.Load()
		state.Published, state.Stored = shipped.Published.Load(), shipped.Stored.Load()
		state.Full, state.NoReceipts = !r.spool.HasCapacity(), r.shipper.NoReceipts()
		state.Resending = r.shipper.Resending()
		if replaced := r.spool.Spool().Stats().Replaced.Load(); replaced != state.Replaced {
			state.Replaced = replaced
			r.Recorder.SpoolReplaced(replaced)
		}
		if state != written {
			written = state
			state.At = time.Now().UTC()
			// A failure is ignored: the file is for people, and its time shows that it is old.
			_ = ship.WriteState(r.config.SpoolDir, r.config.Collector.Epoch, state)
			state.At = time.Time{}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(stateInterval):
		}
	}
}
