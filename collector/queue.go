package collector

import (
	"context"
	"sync"
	"unsafe"
)

// queue stands between the traffic and the record. It is bounded in bytes and in
// number; what finds no room is counted and becomes a gap. Its lock is held for a
// few instructions, never during I/O.
type queue struct {
	maxBytes, maxItems int

	mu     sync.Mutex
	items  []sighting
	bytes  int // of items, and of those that were taken and are not done yet
	losses map[lossKey]*loss
	closed bool
	// wake has room for one signal, which says that there is something to take;
	// eased for one that says that something was done.
	wake, eased chan struct{}
}

// lossKey names the exchanges whose losses are counted together: those that are
// certain to belong to one session. A process is its own; HTTP exchanges share
// what sessions are assigned by.
type lossKey struct {
	process                                     *Exchange
	upstream, peer, session, credential, client string
}

type loss struct {
	// x is the first exchange of the key that lost something.
	x     *Exchange
	count uint64
	bytes uint64
}

const (
	// maxLosses bounds the memory of the loss table under a flood; what comes
	// after is counted with its upstream.
	maxLosses = 10_000
	// controlRoom lets ends and openings in where messages find no room.
	controlRoom = 4096
	itemBytes   = int(unsafe.Sizeof(sighting{}))
)

func newQueue(maxBytes, maxItems int) *queue {
	return &queue{maxBytes: maxBytes, maxItems: maxItems, losses: map[lossKey]*loss{},
		wake: make(chan struct{}, 1), eased: make(chan struct{}, 1)}
}

// offer adds s, or counts it as lost and returns false.
func (q *queue) offer(s sighting) bool {
	size := itemBytes + len(s.body.Data)
	q.mu.Lock()
	defer q.mu.Unlock()
	room, roomBytes := q.maxItems, q.maxBytes
	switch s.what {
	case sawEnd, sawOpen, sawRefusal, sawFinish, sawPolicy:
		room += controlRoom
	case sawStderr: // a talkative server must not crowd out its messages
		room, roomBytes = room/2, roomBytes/2
	}
	if len(q.items) >= room || q.bytes+size > roomBytes && len(s.body.Data) > 0 || q.closed {
		q.lose(s)
		return false
	}
	q.items = append(q.items, s)
	q.bytes += size
	select {
	case q.wake <- struct{}{}:
	default:
	}
	return true
}

// lose counts a message; heads and ends without a body are no messages.
func (q *queue) lose(s sighting) {
	if s.body.Size == 0 || s.x == nil {
		return
	}
	key := lossKey{process: s.x}
	if h := s.x.HTTP; h != nil {
		key = lossKey{upstream: s.x.Upstream, peer: s.x.Peer, session: h.Header.Get(sessionHeader),
			credential: h.Header.Get("Authorization"), client: h.Header.Get("User-Agent")}
	}
	l := q.losses[key]
	if l == nil {
		if len(q.losses) >= maxLosses {
			key = lossKey{upstream: s.x.Upstream}
		}
		if l = q.losses[key]; l == nil {
			l = &loss{x: s.x}
			q.losses[key] = l
		}
	}
	l.count++
	l.bytes += s.body.Size
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// take returns all that waits, reusing buf, and the losses since the last take.
// What was taken counts against the bound until done is called with its bytes.
func (q *queue) take(buf []sighting) (items []sighting, lost []*loss, bytes int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	items, q.items = q.items, buf[:0]
	for i := range items {
		bytes += itemBytes + len(items[i].body.Data)
	}
	if len(q.losses) > 0 {
		for _, l := range q.losses {
			lost = append(lost, l)
		}
		clear(q.losses)
	}
	return items, lost, bytes
}

// done gives the room of taken sightings back.
func (q *queue) done(bytes int) {
	q.mu.Lock()
	q.bytes -= bytes
	q.mu.Unlock()
	select {
	case q.eased <- struct{}{}:
	default:
	}
}

// room blocks until at most half of the bounds are in use.
func (q *queue) room(ctx context.Context) error {
	for {
		q.mu.Lock()
		free := q.bytes <= q.maxBytes/2 && len(q.items) <= q.maxItems/2
		q.mu.Unlock()
		if free {
			return nil
		}
		select {
		case <-q.eased:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// close makes the queue refuse everything from now on.
func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
}
