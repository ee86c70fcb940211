package redact

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/schema"
)

// Trace is what a value leaves in the record, to search for.
type Trace struct {
	// Text is a mark, or the fingerprint that every mark of the value ends with.
	Text string
	// Where says in which surroundings the value leaves it.
	Where string
}

// Traces returns what a value leaves where it is cut, by any rule and in the usual
// surroundings. The first is in every mark of the value as it stands.
//
// It cleans made-up messages with the value in them, so that what it returns follows from
// the rules in force and cannot drift from them. Rules that mask leave nothing to find.
func (r *Redactor) Traces(value string) []Trace {
	traces := []Trace{{r.keys.fingerprint([]byte(value)), "wherever a rule cut exactly this value"}}
	quoted, _ := json.Marshal(value) // a string always has a JSON form
	for _, around := range []struct{ text, where string }{
		{value, "in text, known by its form"},
		{`{"password":` + string(quoted) + "}", "under the name of a credential"},
		{"Authorization: Bearer " + value, "in a header"},
	} {
		in := Input{Kind: schema.KindNoise, Body: message.Body{Data: []byte(around.text), Size: uint64(len(around.text))}}
		_, cuts, withheld := r.clean(&in)
		if withheld != "" {
			continue
		}
		for _, c := range cuts {
			// A mark with two colons has a fingerprint; one of a rule that masks has a
			// single colon and fits any value.
			if !slices.ContainsFunc(traces, func(t Trace) bool { return t.Text == c.Token }) && strings.Count(c.Token, ":") == 2 {
				traces = append(traces, Trace{c.Token, around.where})
			}
		}
	}
	return traces
}
