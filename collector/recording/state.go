package recording

import (
	"context"
	"time"

	"github.com/mcptrail/mcptrail/collector/ship"
)

// stateInterval is how often the collector's state is written, if it has changed.
const stateInterval = time.Second

// reportState writes what `mcptrail-collector status` shows, until ctx ends, and then once
// more: what it says was not recorded is recorded by the next collector.
func (r *Recording) reportState(ctx context.Context) {
	state := ship.State{Recording: r.config.What, Started: time.Now().UTC()}
	for written := (ship.State{}); ; {
		r.updateState(&state)
		// At is zero in both, so that the passing of time alone is no change.
		if state != written {
			written = state
			state.At = time.Now().UTC()
			// A failure is ignored: the file is for people, and its time shows that it is old.
			_ = ship.WriteState(r.config.SpoolDir, r.config.Collector.Epoch, state)
			state.At = time.Time{}
		}
		select {
		case <-ctx.Done():
			r.updateState(&state)
			state.At = time.Now().UTC()
			_ = ship.WriteState(r.config.SpoolDir, r.config.Collector.Epoch, state)
			return
		case <-time.After(stateInterval):
		}
	}
}

// updateState takes the counters of all stages. A directory that was removed is noticed here,
// if nothing is written, and is there again when the state is written.
func (r *Recording) updateState(state *ship.State) {
	recorded, shipped, spooled := r.Recorder.Stats(), &r.shipper.Stats, r.spool.Spool().Stats()
	state.Recorded, state.Published, state.Stored = recorded.Recorded.Load(), shipped.Published.Load(), shipped.Stored.Load()
	state.Lost, state.Unrecorded = recorded.Lost.Load(), r.config.Collector.Unsynced.Lost()
	state.Full, state.NoReserve = !r.spool.HasCapacity(), spooled.NoReserve.Load()
	state.NoReceipts, state.Resending = r.shipper.NoReceipts(), r.shipper.Resending()
	if aside := r.cloned.Load(); aside != nil {
		state.IdentityMoved = *aside
	}
	// Each report is an event of the collector's own session, so only a change is reported.
	if replaced := spooled.Replaced.Load(); replaced != state.Replaced {
		state.Replaced = replaced
		r.Recorder.SpoolReplaced(replaced)
	}
}
