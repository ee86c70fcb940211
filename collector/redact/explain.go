package redact

import (
	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/schema"
)

// Explanation says what a policy makes of one message.
type Explanation struct {
	Level Level `json:"level"`
	// LeftOut is the member of the policy that lets no event be made of the message;
	// empty if there would be one.
	LeftOut string `json:"left_out,omitempty"`
	// Withheld is the reason why no body would be stored; empty if one would.
	Withheld string `json:"withheld,omitempty"`
	// Stored is the payload; its marks are those of no tenant.
	Stored string             `json:"stored"`
	Cuts   []schema.Redaction `json:"cuts"`
}

// Explain says which rule would take what, and what would be stored.
func Explain(policy Policy, in Input) (Explanation, error) {
	r, err := New(policy, "", identity.Key{})
	if err != nil {
		return Explanation{}, err
	}
	if rule, yes := r.LeavesOut(&in); yes {
		return Explanation{Level: LevelNone, LeftOut: rule}, nil
	}
	out := r.Message(in)
	e := Explanation{Level: out.Level, Stored: string(out.Payload), Cuts: out.Redactions}
	if out.Flags.Has(schema.FlagWithheld) {
		e.Withheld, e.Cuts = out.Redactions[0].Rule, nil
	}
	return e, nil
}
