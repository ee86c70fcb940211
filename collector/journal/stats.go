package journal

import "sync/atomic"

// Stats counts what a Journal makes, since its start. The counters may be read by any
// goroutine.
type Stats struct {
	// Recorded events and Sealed runs of them.
	Recorded, Sealed atomic.Uint64
	// Lost messages, each of them in a gap, and their bytes.
	Lost, LostBytes atomic.Uint64
	// Unwritten are the messages of gaps that are made and not durable yet; who publishes the
	// gaps subtracts them.
	Unwritten atomic.Uint64
	// Excluded messages, of which the policy allows no event.
	Excluded atomic.Uint64
	// Opened and Closed sessions.
	Opened, Closed atomic.Uint64
}
