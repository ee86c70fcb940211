package redact

import (
	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/schema"
)

// Explanation says what a policy makes of one message.
type Explanation struct {
	Level Level `json:"level"`
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
	out := r.Message(in)
	e := Explanation{Level: out.Level, Stored: string(out.Payload), Cuts: out.Redactions}
	if out.Flags.Has(schema.FlagWithheld) {
		e.Withheld, e.Cuts = out.Redactions[0].Rule, nil
	}
	return e, nil
}
