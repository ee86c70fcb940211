package observe

import (
	"sync"
	"time"

	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/schema"
)

// Config are the bounds of a Queue.
type Config struct {
	// MaxBytes and MaxItems bound what waits, and what was taken and is not done.
	MaxBytes, MaxItems int
	// Strict means that messages which cannot be recorded must not be passed on.
	Strict bool
	// Key hashes the ends of texts that are cut.
	Key identity.Key
	// Headers are names of request headers to keep besides those that are always kept.
	Headers []string
}

// Queue stands between the traffic and the record: transports offer observations, one
// consumer takes them. Make it with New.
type Queue struct {
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
	// paused is set while the next stage accepts no messages. Observations that keep a
	// session whole are enqueued all the same.
	paused bool
	// rejected messages were not passed on, since the last TakeRejected.
	rejected uint64

	// wake has capacity for one signal: there is something to take.
	wake chan struct{}
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
		wake: make(chan struct{}, 1), spaceAvailable: make(chan struct{}, 1)}
}

// offer hands an observation to the record and reports whether the message may pass.
// Where nothing passes unrecorded it waits for capacity, up to strictWait.
func (q *Queue) offer(o Observation) bool {
	if q.enqueue(o) || !q.config.Strict {
		return true
	}
	for begun := time.Now(); !q.Rejecting() && time.Since(begun) < strictWait; {
		<-time.After(strictPoll)
		if q.enqueue(o) {
			return true
		}
	}
	q.mu.Lock()
	q.rejected++
	q.mu.Unlock()
	return false
}

// enqueue adds o, or counts it as lost and returns false. It never waits.
func (q *Queue) enqueue(o Observation) bool {
	size := o.Bytes()
	q.mu.Lock()
	defer q.mu.Unlock()
	maxItems, maxBytes := q.config.MaxItems, q.config.MaxBytes
	switch o.Kind {
	case KindEnd, KindStart, KindTask, KindFinish:
		maxItems += controlItems
	case KindStderr: // a talkative server must not crowd out its messages
		maxItems, maxBytes = maxItems/2, maxBytes/2
	}
	small := size <= itemBytes+smallHeaders && len(o.Body.Data) == 0
	full := len(q.items) >= maxItems || q.bytes+size > maxBytes && !small || o.Exchange != nil && o.Exchange.headersLost
	// A strict queue has kept capacity for the answers to the requests that passed.
	refused := q.paused && o.Body.Size > 0 && (!q.config.Strict || o.Direction == schema.ClientToServer)
	switch {
	case q.closed || full:
		if o.opensExchange() && !small && o.Exchange.Headers.bytes() > smallHeaders && !q.config.Strict {
			o.Exchange.headersLost = true
		}
		q.countLoss(&o, queueFull)
		return false
	case refused:
		q.countLoss(&o, spoolFull)
		return false
	}
	q.items = append(q.items, o)
	q.bytes += size
	signal(q.wake)
	return true
}

// Do enqueues work of the collector itself. It returns false where the queue is closed
// or has no capacity even for that.
func (q *Queue) Do(task Task, at time.Time) bool {
	return q.enqueue(Observation{Kind: KindTask, Task: &task, At: at})
}

// Wake receives a value when there is something to take.
func (q *Queue) Wake() <-chan struct{} { return q.wake }

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
	if len(q.losses) > 0 && (!q.paused || q.closed) {
		for _, l := range q.losses {
			losses = append(losses, l)
		}
		clear(q.losses)
	}
	return items, losses
}

// Done releases the bytes of observations that were taken.
func (q *Queue) Done(bytes int) {
	q.mu.Lock()
	q.bytes -= bytes
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
