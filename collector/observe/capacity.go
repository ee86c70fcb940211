package observe

import "context"

// Strict reports whether messages that cannot be recorded must not be passed on.
func (q *Queue) Strict() bool { return q.config.Strict }

// Rejecting reports whether a message from a client could not be recorded now and must
// not be passed on.
func (q *Queue) Rejecting() bool { return q.config.Strict && q.Paused() }

// WaitForCapacity blocks until at most half of the bounds is in use. Only a transport
// that can wait, such as an import, may call it; one that carries traffic must not.
func (q *Queue) WaitForCapacity(ctx context.Context) error {
	for {
		q.mu.Lock()
		free := q.bytes <= q.config.MaxBytes/2 && len(q.items) <= q.config.MaxItems/2
		q.mu.Unlock()
		if free {
			return nil
		}
		select {
		case <-q.spaceAvailable:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Pause makes the queue refuse messages, since the next stage has no capacity for them,
// and reports whether it accepted them before.
func (q *Queue) Pause() (changed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	changed = !q.paused
	q.paused = true
	return changed
}

// Resume makes the queue accept messages again and returns how many were rejected, and
// not passed on, since the last call.
func (q *Queue) Resume() (rejected uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.paused = false
	q.moved()
	rejected, q.rejected = q.rejected, 0
	signal(q.wake) // the losses can become gaps now
	return rejected
}

// Paused reports whether messages are refused now.
func (q *Queue) Paused() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.paused
}
