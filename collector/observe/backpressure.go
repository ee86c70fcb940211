package observe

import (
	"container/list"
	"sync/atomic"
	"time"

	"github.com/mcptrail/mcptrail/schema"
)

// Stats count what the traffic waited for the record, since the start of a Queue: for
// capacity, or, where nothing passes unrecorded, for the disk.
type Stats struct {
	// Waits of messages, and Expired of them: those that reached the bound.
	Waits, Expired atomic.Uint64
	// Waited is the sum of all waits, in nanoseconds.
	Waited atomic.Uint64
}

// stallFactor times MaxWait is how long a record that does not move is waited for: as long
// as a busy disk stalls. Then messages pass without waiting until it moves, since each
// would wait in vain.
const stallFactor = 20

// lane is one direction of an exchange, whose bytes pass in order.
type lane uint8

const (
	clientLane lane = iota
	serverLane
	stderrLane
	lanes
)

func laneOf(d schema.Direction) lane {
	switch d {
	case schema.ClientToServer:
		return clientLane
	case schema.ServerToClient:
		return serverLane
	}
	return stderrLane
}

// lane that an observation waits in: facts about an exchange wait with its answers.
func (o *Observation) lane() lane {
	switch o.Kind {
	case KindMessage, KindServerEvent, KindStderr:
		return laneOf(o.Direction)
	}
	return serverLane
}

// waiter is an observation whose goroutine waits for capacity. Its fields are guarded by
// the queue's mu.
type waiter struct {
	Observation
	since time.Time
	// place in the queue's list; nil once it is admitted or given up.
	place *list.Element
	// admitted is closed when the observation is enqueued.
	admitted chan struct{}
}

// offerWaiting enqueues o. Where the queue is half full it waits until it is not, for what
// is left of MaxWait to the bytes at hand. Then o takes of the other half, or is counted
// as lost.
func (q *Queue) offerWaiting(o Observation) {
	now := time.Now()
	q.mu.Lock()
	// Heads and ends have capacity apart; what they stand behind in their own exchange waits
	// in the goroutine that offers them.
	if (!q.congested || o.Body.Size == 0) && q.add(&o, true) {
		q.mu.Unlock()
		return
	}
	left := q.config.MaxWait
	if o.Exchange != nil {
		left -= o.Exchange.waited[o.lane()]
	}
	if left <= 0 || q.closed || q.stopsWaiting(now) || o.Exchange != nil && o.Exchange.headersLost {
		q.mu.Unlock()
		q.enqueue(o)
		return
	}
	w := &waiter{Observation: o, since: now, admitted: make(chan struct{})}
	w.place = q.waiting.PushBack(w)
	q.noteWaiting(w, now)
	q.mu.Unlock()
	q.await(w, left)
}

// stopsWaiting reports whether the record has not moved for so long that waiting for it
// has no use. mu is held.
func (q *Queue) stopsWaiting(now time.Time) bool {
	return !q.stalled.IsZero() && now.Sub(q.stalled) > stallFactor*q.config.MaxWait
}

// await blocks until w is admitted, or gives it up after left.
func (q *Queue) await(w *waiter, left time.Duration) {
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-w.admitted:
	case <-timer.C:
		if q.giveUp(w) {
			w.Waited = time.Since(w.since)
			q.enqueue(w.Observation)
		}
	}
	waited := time.Since(w.since)
	if w.Exchange != nil {
		w.Exchange.waited[w.lane()] += waited
	}
	q.countWait(waited)
}

// giveUp ends the wait of w, and reports whether it was not admitted meanwhile.
func (q *Queue) giveUp(w *waiter) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if w.place == nil {
		return false
	}
	q.waiting.Remove(w.place)
	w.place = nil
	q.Stats.Expired.Add(1)
	q.admitWaiting() // what stood behind it may be smaller
	return true
}

func (q *Queue) countWait(waited time.Duration) {
	q.Stats.Waits.Add(1)
	q.Stats.Waited.Add(uint64(waited))
}

// noteWaiting keeps what w waits for. mu is held.
func (q *Queue) noteWaiting(w *waiter, now time.Time) {
	q.congested = q.congested || q.obstacle(&w.Observation, w.Bytes()) != ownLimit
	if q.stalled.IsZero() {
		q.stalled = now
	}
}

// moved admits what waits, since capacity came. mu is held.
func (q *Queue) moved() {
	if q.waiting.Len() == 0 && q.stalled.IsZero() {
		return
	}
	if !q.paused {
		q.stalled = time.Time{}
	}
	q.admitWaiting()
}

// admitWaiting enqueues what waits, oldest first, as far as there is capacity. mu is held.
func (q *Queue) admitWaiting() {
	q.congested = false
	now := time.Now()
	for at := q.waiting.Front(); at != nil && !q.congested; {
		w := at.Value.(*waiter)
		at = at.Next()
		if w.Waited = now.Sub(w.since); !q.add(&w.Observation, true) {
			q.noteWaiting(w, now)
			continue
		}
		q.waiting.Remove(w.place)
		w.place = nil
		close(w.admitted)
	}
}

// Waited is how long the bytes at hand of a direction have waited for capacity; a transport
// that passes bytes in pieces passes what was recorded before more of them wait. The
// direction is empty for standard error. Only the goroutine that passes the bytes of a
// direction may call it.
func (x *Exchange) Waited(d schema.Direction) time.Duration { return x.waited[laneOf(d)] }

// Passed reports that all bytes of a direction that were recorded have been passed on, so
// that those that follow may wait for the whole bound. It may be called like Waited.
func (x *Exchange) Passed(d schema.Direction) { x.waited[laneOf(d)] = 0 }
