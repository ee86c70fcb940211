package collector

import (
	"encoding/hex"

	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/collector/redact"
	"github.com/mcptrail/mcptrail/schema"
)

// Adopt puts another policy in force for everything that is seen after it, and
// records that. It does not wait.
func (r *Recorder) Adopt(change redact.Change) {
	r.tell(func(ss *sessions) {
		ss.redactor, ss.clear, ss.who = change.Redactor, nil, map[string]identity.Identity{}
		ss.state(statement{What: "policy", File: change.File, From: digits(change.From), To: digits(change.To)}, r.now())
	}, nil)
}

func digits(h schema.Hash) string { return hex.EncodeToString(h[:]) }
