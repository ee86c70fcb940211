package collector

import "sync/atomic"

// Stats counts what moves through a Recorder, since its start.
type Stats struct {
	// Events recorded, by what became of them.
	Recorded    atomic.Uint64
	Published   atomic.Uint64
	Refused     atomic.Uint64
	Unpublished atomic.Uint64
	// Lost messages, each of them in a gap, and their bytes.
	Lost      atomic.Uint64
	LostBytes atomic.Uint64
	// Sessions opened and closed.
	Opened atomic.Uint64
	Closed atomic.Uint64
}
