package observe

import (
	"container/list"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/schema"
)

// Config are the bounds of a Queue.
type Config struct {
	// MaxBytes and MaxItems bound what waits, and what was taken and is not done.
	MaxBytes, MaxItems int
	// MaxWait is how long the bytes at hand of one direction of an exchange wait for
	// capacity (backpressure) before they pass without it; 0 for not at all.
	MaxWait time.Duration
	// Strict means that messages which cannot be recorded must not be passed on. MaxWait
	// has no meaning then.
	Strict bool
	// Key hashes the ends of texts that are cut.
	Key identity.Key
	// Passed is called with each message before it passes, lost where it finds no capacity,
	// with the queue's lock held; nil for nobody.
	Passed func(now time.Time, lost bool)
	// Headers are names of request headers to keep besides those that are always kept.
	Headers []string
}

// Queue stands between the traffic and the record: transports offer observations, one
// consumer takes them. Make it with New.
type Queue struct {
	// Stats count what the traffic waited.
	Stats Stats

	config Config
	// headers are the canonical names of those that are kept of a request.
	headers []string

	// mu guards what follows. It is held for a few instructions, never during I/O.
	mu    sync.Mutex
	items []Observation
	// bytes of items, and of those that were taken and are not done.
	bytes  int
	losses map[lossKey]*Loss
	closed bool
	// bareBytes are those of queued envelopes whose messages found no capacity. The consumer
	// subtracts without the lock.
	bareBytes atomic.Int64
	// paused is set while the next stage accepts no messages. Observations that keep a
	// session whole are enqueued all the same.
	paused bool
	// rejected messages were not passed on, since the last Resume.
	rejected uint64
	// waiting are observations whose goroutines wait for capacity, oldest first.
	waiting list.List
	// congested is set while one of them waits for capacity of the whole queue: then no other
	// message is added before it.
	congested bool
	// stalled is since when an observation has waited and no capacity came; zero where
	// none waits, or some came since.
	stalled time.Time

	// wake has capacity for one signal: there is something to take; urgent: a message waits
	// until that is durable.
	wake, urgent chan struct{}
	// spaceAvailable has capacity for one signal: something was done.
	spaceAvailable chan struct{}
}

const (
	// controlItems is the capacity beyond MaxItems for starts, ends and tasks.
	controlItems = 4096
	// smallHeaders is the size of headers, in bytes, up to which an observation without a
	// body is enqueued although the bytes are used up.
	smallHeaders = 256
)

// New builds a Queue.
func New(config Config) *Queue {
	return &Queue{config: config, headers: requestHeaders(config.Headers), losses: map[lossKey]*Loss{},
		wake: make(chan struct{}, 1), urgent: make(chan struct{}, 1), spaceAvailable: make(chan struct{}, 1)}
}

// offer hands an observation to the record and reports whether the message may pass.
// Where the configuration has the traffic wait for capacity, it does so up to its bound.
func (q *Queue) offer(o Observation) bool {
	switch {
	case q.config.Strict:
		return q.offerStrict(o)()
	case q.config.MaxWait > 0:
		q.offerWaiting(o)
	default:
		q.enqueue(o)
	}
	return true
}

// enqueue adds o, or what is left of it without its body, or counts it as lost and
// returns false. It never waits.
func (q *Queue) enqueue(o Observation) bool {
	q.mu.Lock()
	if q.add(&o, false) {
		q.mu.Unlock()
		return true
	}
	if met := q.obstacle(&o, o.Bytes()); met == paused || !o.hasEnvelope() || q.config.Strict || q.closed {
		defer q.mu.Unlock()
		return q.lose(&o)
	}
	q.mu.Unlock()
	return q.enqueueBare(o)
}

// hasEnvelope reports whether an observation can be a JSON-RPC message.
func (o *Observation) hasEnvelope() bool {
	return (o.Kind == KindMessage || o.Kind == KindServerEvent) && len(o.Body.Data) > 0
}

// enqueueBare adds the envelopes of a message that found no capacity: method, target, id,
// size and hash are recorded, and not only that there was one. They have capacity of their
// own, an eighth of the queue's.
func (q *Queue) enqueueBare(o Observation) bool {
	parts := o.Body.Bare() // reads the body, so it is done without the lock
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(parts) == 0 {
		return q.lose(&o)
	}
	for _, part := range parts {
		o.Body, o.bare = part, true
		if size := o.Bytes(); q.bareBytes.Load()+int64(size) > int64(q.config.MaxBytes/8) || !q.add(&o, false) {
			q.lose(&o)
		} else {
			q.bareBytes.Add(int64(size))
		}
	}
	return true
}

// add appends o if there is capacity, of which the second half is reserved if reserve is
// set. mu is held.
func (q *Queue) add(o *Observation, reserve bool) bool {
	size := o.Bytes()
	if q.obstacle(o, size) != free || reserve && q.halfFull(o) {
		return false
	}
	q.countPassed(o, false)
	if o.Exchange != nil {
		o.Exchange.Share.add(size)
	}
	q.items = append(q.items, *o)
	q.bytes += size
	signal(q.wake)
	return true
}

// countPassed counts a message for whoever must know of it before it passes. mu is held.
func (q *Queue) countPassed(o *Observation, lost bool) {
	if q.config.Passed != nil && o.BecomesEvent() {
		now := time.Now()
		o.passed = now.UnixNano()
		q.config.Passed(now, lost)
	}
}

// obstacle is what stands between an observation and the queue.
type obstacle uint8

const (
	free obstacle = iota
	// ownLimit: observations of its kind, or of its connection, have what they may use;
	// others have capacity.
	ownLimit
	// full: the queue is, or it is closed.
	full
	// paused: the next stage accepts no messages.
	paused
)

// reason of the gap that counts what met the obstacle.
func (b obstacle) reason() string {
	if b == paused {
		return spoolFull
	}
	return queueFull
}

// obstacle to an observation of that size. mu is held.
func (q *Queue) obstacle(o *Observation, size int) obstacle {
	maxItems, maxBytes := q.config.MaxItems, q.config.MaxBytes
	switch o.Kind {
	case KindEnd, KindStart, KindTask, KindFinish:
		maxItems += maxItems/4 + controlItems
	}
	if o.bare {
		maxItems, maxBytes = maxItems+maxItems/4, maxBytes+maxBytes/8
	}
	small := o.small(size)
	switch {
	case q.closed, o.Exchange != nil && o.Exchange.headersLost, len(q.items) >= maxItems, q.bytes+size > maxBytes && !small:
		return full
	// A strict queue has kept capacity for the answers to the requests that passed.
	case q.paused && o.Body.Size > 0 && (!q.config.Strict || o.Direction == schema.ClientToServer):
		return paused
	// A talkative server must not crowd out its messages.
	case o.Kind == KindStderr && (len(q.items) >= maxItems/2 || q.bytes+size > q.config.MaxBytes/2 && !small):
		return ownLimit
	case o.Exchange != nil && o.Body.Size > 0 && !o.bare && o.Exchange.Share.exceeded(size, q.config.MaxBytes-q.bytes, q.config.MaxItems-len(q.items)):
		return ownLimit
	}
	return free
}

// halfFull reports whether a message has to wait for capacity where messages can wait. The
// other half is for those whose wait is over, so that a record which is slow for longer
// than that loses nothing. mu is held.
func (q *Queue) halfFull(o *Observation) bool {
	return o.Body.Size > 0 && (q.bytes > q.config.MaxBytes/2 || len(q.items) >= max(q.config.MaxItems/2, 1))
}

// small reports whether an observation is enqueued although the bytes are used up.
func (o *Observation) small(size int) bool {
	return size <= itemBytes+smallHeaders && len(o.Body.Data) == 0 && o.Body.Envelope == nil
}

// lose counts an observation that is not added, and returns false. mu is held.
func (q *Queue) lose(o *Observation) bool {
	size := o.Bytes()
	met := q.obstacle(o, size)
	if met != paused && o.opensExchange() && !o.small(size) && o.Exchange.Headers.bytes() > smallHeaders && !q.config.Strict {
		o.Exchange.headersLost = true
	}
	q.countLoss(o, met.reason())
	return false
}

// Do enqueues work of the collector itself. It returns false where the queue is closed
// or has no capacity even for that. written, with capacity for one value, receives whether
// all that the work recorded is durable; nil where nobody waits for it.
func (q *Queue) Do(task Task, written chan<- bool, at time.Time) bool {
	return q.enqueue(Observation{Kind: KindTask, Task: &task, Durable: written, At: at})
}

// Wake receives a value when there is something to take.
func (q *Queue) Wake() <-chan struct{} { return q.wake }

// Urgent receives a value when a message waits until what can be taken is durable.
func (q *Queue) Urgent() <-chan struct{} { return q.urgent }

// Holds reports whether so many items or bytes wait, or the queue is closed.
func (q *Queue) Holds(items, bytes int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.items) >= items || q.bytes >= bytes || q.closed
}

// Take returns all that waits, reusing buf, and the losses since the last Take; no
// losses while the queue is paused, since the next stage would refuse their gaps. What
// was taken counts against the bounds until Done is called with its bytes.
func (q *Queue) Take(buf []Observation) (items []Observation, losses []*Loss) {
	q.mu.Lock()
	defer q.mu.Unlock()
	items, q.items = q.items, buf[:0]
	q.moved()
	if !q.paused || q.closed {
		losses = q.takeLosses()
	}
	return items, losses
}

// Done releases the bytes of observations that were taken.
func (q *Queue) Done(bytes int) {
	q.mu.Lock()
	q.bytes -= bytes
	q.moved()
	q.mu.Unlock()
	signal(q.spaceAvailable)
}

// Close makes the queue refuse everything from now on.
func (q *Queue) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
}

// Closed reports whether Close was called.
func (q *Queue) Closed() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.closed
}

func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
