package rebuild

import (
	"encoding/json"

	"github.com/mcptrail/mcptrail/schema"
)

// statement is the payload of an event that the collector itself states.
type statement struct {
	What, Reason, Error string
	Excluded            json.RawMessage `json:"left_out"`
}

// challenges are the error codes of RFC 6750. A challenge comes from a peer, so any
// other word in it is text.
var challenges = map[string]bool{"invalid_request": true, "invalid_token": true, "insufficient_scope": true}

// readStatement fills in the collector's own word for what happened. A message that has
// a direction was written by a peer and states nothing.
func readStatement(m *message) {
	var s statement
	if m.Direction == "" {
		switch m.Kind {
		case schema.KindHTTP, schema.KindAuth, schema.KindClose, schema.KindCollector:
			if json.Unmarshal(m.Payload, &s) != nil {
				s = statement{}
			}
		}
	}
	switch {
	case m.Kind == schema.KindHTTP, m.Kind == schema.KindCollector:
		m.detail = s.What
	case m.Kind == schema.KindClose:
		m.detail = s.Reason
	case challenges[s.Error]:
		m.detail = s.Error
	}
	if m.role == roleClose {
		m.outcome = closeOutcome(m)
		if len(s.Excluded) > 0 && json.Unmarshal(s.Excluded, &m.excluded) != nil {
			m.excluded = nil
		}
	}
}

// closeOutcome is how the requests end that wait when a session is closed. A server
// process that has exited, or whose session was deleted, answers nothing more.
func closeOutcome(m *message) schema.Outcome {
	switch {
	case m.Outcome != "":
		return m.Outcome
	case m.detail == "exit":
		return schema.OutcomeServerDisconnect
	case m.detail == "deleted":
		return schema.OutcomeClientDisconnect
	}
	return schema.OutcomeUnanswered
}
