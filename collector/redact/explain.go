package redact

import (
	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/schema"
)

// Explanation is the outcome of one policy for one message.
type Explanation struct {
	Level Level `json:"level"`
	// Excluded is the member of the policy that excludes the message from the record;
	// empty if there would be an event.
	Excluded string `json:"left_out,omitempty"`
	// Withheld is the reason why no body would be stored; empty if one would.
	Withheld string `json:"withheld,omitempty"`
	// Stored is the payload; its marks are those of no tenant.
	Stored string             `json:"stored"`
	Cuts   []schema.Redaction `json:"cuts"`
}

// Explain reports which rule would cut what, and what would be stored. It uses no tenant's
// key, so its marks join with nothing in a record.
func Explain(policy Policy, in Input) (Explanation, error) {
	r, err := New(policy, "", identity.Key{})
	if err != nil {
		return Explanation{}, err
	}
	if rule, yes := r.Excludes(&in); yes {
		return Explanation{Level: LevelNone, Excluded: rule}, nil
	}
	out := r.Message(in)
	e := Explanation{Level: out.Level, Stored: string(out.Payload), Cuts: out.Redactions}
	// Of a withheld body the one redaction is the reason.
	if out.Flags.Has(schema.FlagWithheld) {
		e.Withheld, e.Cuts = out.Redactions[0].Rule, nil
	}
	return e, nil
}
