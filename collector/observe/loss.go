package observe

import "github.com/mcptrail/mcptrail/collector/identity"

// Loss counts the messages of one session that found no capacity.
type Loss struct {
	// Exchange is the first of its key that lost something.
	Exchange *Exchange
	// Count of messages, and their Bytes.
	Count, Bytes uint64
	// Reason of the gap.
	Reason string
}

// Reasons of gaps.
const (
	queueFull = "queue_full"
	spoolFull = "spool_full"
)

// lossKey names the exchanges whose losses are counted together: those that are
// certain to belong to one session. A process is its own; HTTP exchanges share
// what sessions are assigned by.
type lossKey struct {
	process                         *Exchange
	reason                          string
	upstream, peer, session, client string
	credentials                     [32]byte
}

// maxLosses bounds the memory of the losses under a flood; a key beyond it is counted
// with its upstream.
const maxLosses = 256

// countLoss counts an observation that would become an event. mu is held.
func (q *Queue) countLoss(o *Observation, reason string) {
	if !o.BecomesEvent() {
		return
	}
	if q.config.Strict && o.Kind != KindStderr {
		return // it is not passed on
	}
	q.countPassed(o, true)
	x := o.Exchange
	key := lossKey{process: x, reason: reason}
	if x.HTTP != nil {
		key = lossKey{reason: reason, upstream: x.Upstream, peer: x.Peer, session: x.Headers.Get(SessionHeader),
			credentials: identity.Present(x.Headers, x.HTTP.URL).Sum(), client: x.Headers.Get("User-Agent")}
	}
	l := q.losses[key]
	if l == nil {
		if len(q.losses) >= maxLosses {
			key = lossKey{reason: reason, upstream: x.Upstream}
		}
		if l = q.losses[key]; l == nil {
			l = &Loss{Exchange: x, Reason: reason}
			q.losses[key] = l
		}
	}
	l.Count++
	l.Bytes += o.Body.Size
	signal(q.wake)
}

// TakeLosses returns the losses since they were last taken, also while the queue is paused.
func (q *Queue) TakeLosses() (losses []*Loss) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.takeLosses()
}

// takeLosses empties the map of losses. mu is held.
func (q *Queue) takeLosses() (losses []*Loss) {
	for _, l := range q.losses {
		losses = append(losses, l)
	}
	clear(q.losses)
	return losses
}
