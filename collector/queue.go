package collector

import (
	"context"
	"sync"
	"unsafe"

	"github.com/mcptrail/mcptrail/schema"
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
	// shut says that the next stage takes no messages; only control events go in.
	shut bool
	// strict refuses messages without counting them as lost: they are not passed on.
	strict  bool
	refused uint64
	// wake has room for one signal, which says that there is something to take;
	// eased for one that says that something was done.
	wake, eased chan struct{}
}

// lossKey names the exchanges whose losses are counted together: those that are
// certain to belong to one session. A process is its own; HTTP exchanges share
// what sessions are assigned by.
type lossKey struct {
	process                                     *Exchange
	reason                                      string
	upstream, peer, session, credential, client string
}

type loss struct {
	// x is the first exchange of the key that lost something.
	x      *Exchange
	count  uint64
	bytes  uint64
	reason string
}

// Reasons of gaps.
const (
	queueFull = "queue_full"
	spoolFull = "spool_full"
)

const (
	// maxLosses bounds the memory of the loss table under a flood; what comes
	// after is counted with its upstream.
	maxLosses = 256
	// controlRoom lets ends and openings in where messages find no room.
	controlRoom = 4096
	// itemBytes is what a sighting takes besides its body and its head: itself, and its
	// part of an exchange.
	itemBytes = int(unsafe.Sizeof(sighting{})) + 128
)

func newQueue(maxBytes, maxItems int) *queue {
	return &queue{maxBytes: maxBytes, maxItems: maxItems, losses: map[lossKey]*loss{},
		wake: make(chan struct{}, 1), eased: make(chan struct{}, 1)}
}

// offer adds s, or counts it as lost and returns false.
func (q *queue) offer(s sighting) bool {
	size := s.bytes()
	q.mu.Lock()
	defer q.mu.Unlock()
	room, roomBytes := q.maxItems, q.maxBytes
	switch s.what {
	case sawEnd, sawOpen, sawTold, sawFinish:
		room += controlRoom
	case sawStderr: // a talkative server must not crowd out its messages
		room, roomBytes = room/2, roomBytes/2
	}
	little := size <= itemBytes+smallHead && len(s.body.Data) == 0
	full := len(q.items) >= room || q.bytes+size > roomBytes && !little || s.x != nil && s.x.unheard
	// A strict collector has held room back for the answers to what it let pass.
	kept := q.shut && s.body.Size > 0 && (!q.strict || s.direction == schema.ClientToServer)
	switch {
	case q.closed || full:
		// What follows would hold a head that is not counted.
		if s.opens() && !little && s.x.head.bytes() > smallHead && !q.strict {
			s.x.unheard = true
		}
		q.lose(s, queueFull)
		return false
	case kept:
		q.lose(s, spoolFull)
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

// lose counts a message, and a head that would become an event. Other heads and ends
// are no messages.
func (q *queue) lose(s sighting, reason string) {
	event := s.answer != nil && (s.answer.challenges() || s.answer.accepts())
	if s.body.Size == 0 && !event || s.x == nil {
		return
	}
	if q.strict && s.what != sawStderr {
		return // it is not passed on
	}
	key := lossKey{process: s.x, reason: reason}
	if s.x.HTTP != nil {
		key = lossKey{reason: reason, upstream: s.x.Upstream, peer: s.x.Peer, session: s.x.head.Get(sessionHeader),
			credential: s.x.head.Get("Authorization"), client: s.x.head.Get("User-Agent")}
	}
	l := q.losses[key]
	if l == nil {
		if len(q.losses) >= maxLosses {
			key = lossKey{reason: reason, upstream: s.x.Upstream}
		}
		if l = q.losses[key]; l == nil {
			l = &loss{x: s.x, reason: reason}
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

// bytes is what a sighting counts for.
func (s *sighting) bytes() int {
	n := itemBytes + cap(s.body.Data)
	switch {
	case s.opens():
		n += s.x.head.bytes() + len(s.x.HTTP.URL)
	case s.answer != nil:
		n += s.answer.head.bytes()
	case s.sse != nil:
		n += len(s.sse.id) + len(s.sse.name)
	}
	return n
}

// opens reports whether a sighting is the first of an HTTP exchange.
func (s *sighting) opens() bool {
	return s.what == sawMessage && s.direction == schema.ClientToServer && s.x.HTTP != nil
}

// crowded reports whether so much waits that it is worth a batch.
func (q *queue) crowded() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.items) >= batchRecords/4 || q.bytes >= batchBytes/4 || q.closed
}

// take returns all that waits, reusing buf, and the losses since the last take, but
// none while the gaps they become would find no room. What was taken counts against
// the bound until done is called with its bytes.
func (q *queue) take(buf []sighting) (items []sighting, lost []*loss) {
	q.mu.Lock()
	defer q.mu.Unlock()
	items, q.items = q.items, buf[:0]
	if len(q.losses) > 0 && (!q.shut || q.closed) {
		for _, l := range q.losses {
			lost = append(lost, l)
		}
		clear(q.losses)
	}
	return items, lost
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

func (q *queue) isClosed() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.closed
}

// setShut says whether the next stage takes messages, and reports whether that is news.
func (q *queue) setShut(shut bool) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	news := q.shut != shut
	q.shut = shut
	if !shut {
		select {
		case q.wake <- struct{}{}: // the losses can become gaps now
		default:
		}
	}
	return news
}

// isShut reports whether messages are refused now.
func (q *queue) isShut() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.shut
}

// refuse counts a message that was not passed on.
func (q *queue) refuse() {
	q.mu.Lock()
	q.refused++
	q.mu.Unlock()
}

// takeRefused returns how many messages were refused since the last call.
func (q *queue) takeRefused() (n uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n, q.refused = q.refused, 0
	return n
}
