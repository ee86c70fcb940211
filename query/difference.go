package query

import "encoding/json"

// Difference of two operations that stand in the same place of two runs.
type Difference struct {
	// What is one of the words that begin with Differs.
	What string `json:"what"`
	// Before and After are JSON: an outcome, a content address, milliseconds.
	Before json.RawMessage `json:"before"`
	After  json.RawMessage `json:"after"`
	// Changes of the arguments; empty where their bodies were not read.
	Changes []Change `json:"changes"`
}

// Words of [Difference.What].
const (
	DiffersArguments  = "arguments"
	DiffersOutcome    = "outcome"
	DiffersDefinition = "definition"
	// DiffersTiming: one took more than twice as long, and at least 100 ms more.
	DiffersTiming = "timing"
	DiffersRounds = "rounds"
	// DiffersApproval: a person gave another answer to what the server asked.
	DiffersApproval = "approval"
)

// Change is one difference between two JSON values.
type Change struct {
	// Path is a JSON pointer, empty for the whole value.
	Path string `json:"path"`
	// Kind is added, removed or changed.
	Kind string `json:"kind"`
	// Before and After are JSON; null where there is none.
	Before json.RawMessage `json:"before"`
	After  json.RawMessage `json:"after"`
}
