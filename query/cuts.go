package query

import (
	"slices"

	"github.com/mcptrail/mcptrail/schema"
)

// Cut sums up what one rule of redaction removed.
type Cut struct {
	Rule  string `json:"rule"`
	Count uint64 `json:"count"`
	// Length of all that was removed, in bytes.
	Length uint64 `json:"length"`
}

// Cuts are sums by rule, in the order in which the rules first cut.
type Cuts []Cut

// maxCuts bounds the rules of one operation; further ones count as the last.
const maxCuts = 64

// Add counts redactions of one message.
func (c *Cuts) Add(redactions []schema.Redaction) {
	for _, r := range redactions {
		i := slices.IndexFunc(*c, func(cut Cut) bool { return cut.Rule == r.Rule })
		if i < 0 && len(*c) < maxCuts {
			*c = append(*c, Cut{Rule: r.Rule})
		}
		if i < 0 {
			i = len(*c) - 1
		}
		(*c)[i].Count++
		(*c)[i].Length += r.Length
	}
}

// Excluded counts messages that were not recorded because the capture policy says so.
type Excluded struct {
	// Rule is the member of the policy, and Policy the beginning of its hash; "request"
	// for the answer to a request that was excluded.
	Rule   string `json:"rule"`
	Policy string `json:"policy"`
	// Messages, and their Bytes on the wire.
	Messages uint64 `json:"messages"`
	Bytes    uint64 `json:"bytes"`
}
