package journal

import "sync/atomic"

// Stats counts what a Journal makes, since its start. The counters may be read by any
// goroutine.
type Stats struct {
	// Recorded events and Sealed runs of them.
	Recorded, Sealed atomic.Uint64
	// Lost messages, each of them in a gap, and their bytes. Who publishes the gaps counts them.
	Lost, LostBytes atomic.Uint64
	// Excluded messages, of which the policy allows no event.
	Excluded atomic.Uint64
	// Opened and Closed sessions.
	Opened, Closed atomic.Uint64
}
