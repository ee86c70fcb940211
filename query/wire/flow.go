package wire

import "github.com/mcptrail/mcptrail/query"

// Flows are the values that go from results to later arguments.
type Flows struct {
	Items []query.Flow `json:"items"`
	// Truncated says that not all of the sessions were looked through.
	Truncated bool `json:"truncated"`
}
