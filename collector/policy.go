package collector

import (
	"time"

	"github.com/mcptrail/mcptrail/collector/redact"
)

// Adopt puts another policy in force for everything that is seen after it. It does
// not wait.
func (r *Recorder) Adopt(change redact.Change) {
	r.queue.offer(sighting{what: sawPolicy, policy: &change, at: time.Now()})
}

func (ss *sessions) adopt(change *redact.Change) { ss.redactor = change.Redactor }
