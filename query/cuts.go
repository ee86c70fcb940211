package query

import (
	"slices"

	"github.com/mcptrail/mcptrail/schema"
)

// Cut sums up what one rule of redaction took out.
type Cut struct {
	Rule  string `json:"rule"`
	Count uint64 `json:"count"`
	// Length of all that was cut, in bytes.
	Length uint64 `json:"length"`
}

// Cuts are sums by rule, in the order in which the rules first cut.
type Cuts []Cut

// maxCuts bounds what one operation tells apart; further rules count as the last one.
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

// LeftOut counts messages that were not recorded because the capture policy says so.
type LeftOut struct {
	// Rule is the member of the policy, and Policy the beginning of its hash; "request"
	// where an answer followed its request, which had been left out.
	Rule   string `json:"rule"`
	Policy string `json:"policy"`
	// Messages, and their Bytes on the wire.
	Messages uint64 `json:"messages"`
	Bytes    uint64 `json:"bytes"`
}
