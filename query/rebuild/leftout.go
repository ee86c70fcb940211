package rebuild

import (
	"encoding/json"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/schema"
)

// leftOut is what the end of a session states.
func leftOut(e *schema.Event) []query.LeftOut {
	var said struct {
		LeftOut []query.LeftOut `json:"left_out"`
	}
	if e.Direction != "" || json.Unmarshal(e.Payload, &said) != nil {
		return nil
	}
	return said.LeftOut
}
