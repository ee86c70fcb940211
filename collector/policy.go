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
	adopt := func(ss *sessions) {
		ss.redactor, ss.clear, ss.who = change.Redactor, nil, map[string]identity.Identity{}
		ss.state(statement{What: "policy", File: change.File, From: digits(change.From), To: digits(change.To)}, r.now())
	}
	for !r.tell(adopt, nil) && !r.queue.isClosed() {
		time.Sleep(strictPoll)
	}
}

func digits(h schema.Hash) string { return hex.EncodeToString(h[:]) }
