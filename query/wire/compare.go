package wire

import (
	"time"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/schema"
)

// Comparison of two sessions or trails.
type Comparison struct {
	A ComparedRun `json:"a"`
	B ComparedRun `json:"b"`
	// Same, Changed, Removed and Added count the pairs of each kind.
	Same    int `json:"same"`
	Changed int `json:"changed"`
	Removed int `json:"removed"`
	Added   int `json:"added"`
	// Pairs in the order of both runs.
	Pairs []ComparedPair `json:"pairs"`
}

// ComparedRun is one side of a comparison.
type ComparedRun struct {
	// ID of the session, or of the trail.
	ID         string       `json:"id"`
	Started    time.Time    `json:"started"`
	Ended      time.Time    `json:"ended"`
	Sessions   int          `json:"sessions"`
	Operations int          `json:"operations"`
	Clients    []query.Peer `json:"clients"`
	Servers    []string     `json:"servers"`
	// Truncated says that it has more operations than are compared.
	Truncated bool `json:"truncated"`
}

// ComparedPair is an operation of A and the one in its place in B.
type ComparedPair struct {
	// Kind is same, changed, removed (only in A) or added (only in B).
	Kind        string             `json:"kind"`
	A           *ComparedOperation `json:"a"`
	B           *ComparedOperation `json:"b"`
	Differences []query.Difference `json:"differences"`
}

// ComparedOperation is what a comparison shows of an operation.
type ComparedOperation struct {
	SessionID  string              `json:"session_id"`
	Seq        uint64              `json:"seq"`
	ID         string              `json:"id"`
	Kind       query.OperationKind `json:"kind"`
	Method     string              `json:"method"`
	Target     string              `json:"target"`
	Direction  schema.Direction    `json:"direction"`
	Outcome    schema.Outcome      `json:"outcome"`
	Started    time.Time           `json:"started"`
	DurationMS *float64            `json:"duration_ms"`
	Definition *string             `json:"definition"`
	Arguments  string              `json:"arguments"`
}

// Compared gives an operation its short shape.
func Compared(o *TrailOperation) *ComparedOperation {
	return &ComparedOperation{SessionID: o.SessionID, Seq: o.Seq, ID: o.ID, Kind: o.Kind, Method: o.Method, Target: o.Target, Direction: o.Direction,
		Outcome: o.Outcome, Started: o.Started, DurationMS: o.DurationMS, Definition: o.Definition, Arguments: o.Arguments}
}
