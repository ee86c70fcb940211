// Package observe takes what transports see and keeps it, bounded, until the goroutine
// behind the queue interprets it. Nothing here makes events.
//
// The one rule: an observation is enqueued, or counted in a [Loss] that becomes a gap.
// A transport waits for nothing but a short lock; only where nothing may pass
// unrecorded does it wait, up to strictWait, for capacity.
package observe
