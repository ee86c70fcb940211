package collector

import (
	"encoding/hex"
	"time"

	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/collector/redact"
	"github.com/mcptrail/mcptrail/schema"
)

// Adopt puts another policy in force for everything that is seen after it, and
// records that. It waits only where the queue has no room at all.
func (r *Recorder) Adopt(change redact.Change) {
	adopt := func() {
		ss := r.sessions
		ss.redactor, ss.clear, ss.who = change.Redactor, nil, map[string]identity.Identity{}
		ss.state(statement{What: "policy", File: change.File, From: digits(change.From), To: digits(change.To)}, r.now())
	}
	for !r.do(adopt, nil) && !r.queue.Closed() {
		time.Sleep(adoptPoll)
	}
}

// adoptPoll is how often a full queue is tried again.
const adoptPoll = 5 * time.Millisecond

func digits(h schema.Hash) string { return hex.EncodeToString(h[:]) }
