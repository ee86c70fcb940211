package observe

import "sync/atomic"

// Share counts what the messages of one connection, or of all connections of one peer,
// use of a queue, so that one of them cannot push out the messages of the others. Make it
// with NewShare, one for each connection.
type Share struct {
	// parent is that of the peer; nil for a share that has none.
	parent *Share
	// factor times what is free in the queue is what the share may use.
	factor int64
	// bytes and items that are queued. The queue adds under its lock, its consumer subtracts.
	bytes, items atomic.Int64
}

// A connection may use two parts of three of a queue that nobody else uses, since a third
// is free then, and a peer four of five: the more connections flood it, the less each of
// them gets, and something is always free for the next one.
const connFactor, peerFactor = 2, 4

// NewPeerShare returns the share of all connections of a peer.
func NewPeerShare() *Share { return &Share{factor: peerFactor} }

// NewShare returns the share of a connection of a peer.
func NewShare(peer *Share) *Share { return &Share{parent: peer, factor: connFactor} }

// exceeded reports whether a message of that size would be more than a fair share of a
// queue with so much free. The first message always is one.
func (s *Share) exceeded(size, freeBytes, freeItems int) bool {
	for ; s != nil; s = s.parent {
		items, bytes := s.items.Load(), s.bytes.Load()
		if items > 0 && (bytes+int64(size) > s.factor*int64(freeBytes) || items >= s.factor*int64(freeItems)) {
			return true
		}
	}
	return false
}

func (s *Share) add(size int) {
	for ; s != nil; s = s.parent {
		s.bytes.Add(int64(size))
		s.items.Add(1)
	}
}

// Taken releases what an observation uses of limits within the queue: of the share of its
// connection, and of what envelopes may use. The consumer of
// the queue calls it once for each.
func (o *Observation) Taken() {
	if o.Exchange == nil {
		return
	}
	size := int64(o.Bytes())
	if o.bare {
		o.Exchange.queue.bareBytes.Add(-size)
	}
	for s := o.Exchange.Share; s != nil; s = s.parent {
		s.bytes.Add(-size)
		s.items.Add(-1)
	}
}
