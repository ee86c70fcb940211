package observe

import "time"

const (
	// strictWait is how long a message waits for capacity before it is rejected, and
	// strictPoll how often it is tried.
	strictWait = 2 * time.Second
	strictPoll = 5 * time.Millisecond
)

// offerStrict enqueues o, waiting for capacity up to strictWait, and reports whether it
// could be.
func (q *Queue) offerStrict(o Observation) bool {
	if q.enqueue(o) {
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
