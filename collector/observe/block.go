package observe

import (
	"time"

	"github.com/mcptrail/mcptrail/schema"
)

const (
	// strictWait is how long a message waits for capacity, and a request until it is durable,
	// before it is rejected; strictPoll is how often capacity is looked for.
	strictWait = 2 * time.Second
	strictPoll = 5 * time.Millisecond
)

// offerStrict enqueues o, waiting for capacity, and returns what reports whether it may
// pass: at once, but for what a client sends, which may pass only when it is durable. The
// messages that wait for one fsync are released together.
//
// A message that is rejected because that took too long can become durable later: then
// the record has one that did not pass, never the reverse.
func (q *Queue) offerStrict(o Observation) (passes func() bool) {
	begun := time.Now()
	written := (chan bool)(nil)
	if o.Kind == KindMessage && o.Direction == schema.ClientToServer && o.Body.Size > 0 {
		written = make(chan bool, 1)
		o.Durable = written
	}
	for !q.enqueue(o) {
		if q.Rejecting() || time.Since(begun) >= strictWait {
			return q.reject
		}
		<-time.After(strictPoll)
	}
	if written == nil {
		return pass
	}
	signal(q.urgent)
	return func() bool {
		timer := time.NewTimer(strictWait - time.Since(begun))
		defer timer.Stop()
		select {
		case safe := <-written:
			q.countWait(time.Since(begun))
			return safe || q.reject()
		case <-timer.C:
			return q.reject()
		}
	}
}

func pass() bool { return true }

// reject counts a message that does not pass.
func (q *Queue) reject() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.rejected++
	return false
}
