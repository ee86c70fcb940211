package wire

import "github.com/mcptrail/mcptrail/query"

// TimelinePart is one line of a timeline that is sent in parts. First comes one of
// the session's beginning, in a long session, so that people see something; then
// the whole timeline, which takes its place.
type TimelinePart struct {
	// Beginning is true in the first part of a long session: what is still open in
	// it may be answered in what was not read yet.
	Beginning bool `json:"beginning"`
	// Last is true in the last part. An answer without it is not whole.
	Last       bool              `json:"last"`
	Session    query.Session     `json:"session"`
	Integrity  query.Integrity   `json:"integrity"`
	Excluded   []query.Excluded  `json:"left_out"`
	Operations []query.Operation `json:"operations"`
	Facts      []query.Fact      `json:"facts"`
	Gaps       []query.Gap       `json:"gaps"`
	Unpaired   []query.Unpaired  `json:"unpaired"`
}
