package collector

import (
	"slices"
	"time"

	"github.com/mcptrail/mcptrail/collector/journal"
)

// interim is the pace at which gaps are recorded while the next stage has no capacity for
// messages. They go into its reserve, which lasts for a number of records and not for a time.
type interim struct {
	// due is when the next gaps are recorded, after a pause that doubles with every
	// interimRecords of them; records are those since it did.
	due     time.Time
	pause   time.Duration
	records int
}

const interimRecords = 64

// nameSoFar records, while messages are refused, how many were until now: a count in memory
// ends with the process. What was refused since then is in the count of unsynced messages.
func (r *Recorder) nameSoFar(now time.Time) {
	p := &r.interim
	if now.Before(p.due) {
		return
	}
	deferred, messages := r.out.takeDeferred()
	if slices.ContainsFunc(deferred, func(d journal.Deferred) bool { return d.Kept() }) {
		// The reserve was used up: what it refused comes before anything new, once there is space.
		r.out.returnDeferred(deferred, messages)
		return
	}
	named := load{messages: messages, lost: messages}
	for _, l := range r.queue.TakeLosses() {
		named.addLoss(l)
		r.interpreter.Loss(l, now)
	}
	r.journal.FlushDeferred(deferred, now)
	if p.pause == 0 {
		p.pause = tick
	}
	if p.records += r.journal.Pending(); p.records >= interimRecords {
		p.records, p.pause = 0, 2*p.pause
	}
	p.due = now.Add(p.pause)
	r.send(named)
}
