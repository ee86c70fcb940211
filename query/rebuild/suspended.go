package rebuild

import (
	"slices"
	"time"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/schema"
)

const (
	// urlElicitation is the JSON-RPC error that sends the client to a web page first.
	urlElicitation = -32042
	// maxByInput bounds the operations that are found again without a state.
	maxByInput = 256
	// maxByState bounds those of one state. Of the many that a server may give one
	// state, the newest are enough to know that it identifies none.
	maxByState = 8
	// inputTime is how long after an answer asked for input a request still resumes its
	// operation where no state names it.
	inputTime = 30 * time.Minute
)

// suspended are the operations that a later request may resume: the server answered
// that it needs input, or a visit to a web page, first.
type suspended struct {
	// byState are those that the client resumes by echoing a state.
	byState map[schema.Hash][]*operation
	// byInput are all of them, for requests without a state; newest last.
	byInput []*operation
}

func newSuspended() suspended { return suspended{byState: map[schema.Hash][]*operation{}} }

// record takes an answer after which the client may come back.
func (s *suspended) record(m *message) {
	r := m.rounds[0]
	needsInput := m.outcome == schema.OutcomeInputRequired
	if needsInput && m.RequestState != (schema.Hash{}) {
		s.recordState(m.RequestState, r.op)
	}
	if needsInput || m.outcome == schema.OutcomeProtocolError && r.errorCode == urlElicitation {
		// Moved to the end, so that the oldest is dropped when the bound is reached.
		s.byInput = slices.DeleteFunc(s.byInput, func(op *operation) bool { return op == r.op })
		if len(s.byInput) >= maxByInput {
			s.byInput = s.byInput[1:]
		}
		s.byInput = append(s.byInput, r.op)
	}
}

func (s *suspended) recordState(state schema.Hash, op *operation) {
	ops := s.byState[state]
	if slices.Contains(ops, op) {
		return
	}
	if len(ops) == maxByState {
		ops = slices.Delete(ops, 0, 1)
	}
	s.byState[state] = append(ops, op)
}

// resumedBy returns the operation that a request resumes, nil for none: the one whose
// answer gave exactly the state that the request echoes. Servers choose states and may
// choose the same twice, so two candidates are none.
func (s *suspended) resumedBy(m *message) *operation {
	if m.RequestState == (schema.Hash{}) {
		return s.resumedByInput(m)
	}
	var all, waiting []*operation
	for _, op := range s.byState[m.RequestState] {
		// A state that is echoed for another call resumes nothing: then it is a new operation.
		if !asksLike(op, m) {
			continue
		}
		all = append(all, op)
		if op.last().ended == schema.OutcomeInputRequired {
			waiting = append(waiting, op)
		}
	}
	switch {
	case len(waiting) == 1:
		return waiting[0]
	case len(all) == 1: // a retry of the same round
		return all[0]
	}
	return nil
}

// resumedByInput returns the operation that a request without a state resumes: the only
// one for the same thing with the same arguments that waits for the input that the
// request brings, or for a visit to a web page.
func (s *suspended) resumedByInput(m *message) *operation {
	if len(s.byInput) == 0 || query.DefinitionKind(m.Method) == "" {
		return nil
	}
	var found *operation
	for _, op := range s.byInput {
		if !asksLike(op, m) || op.arguments != m.arguments || time.Duration(m.Mono-op.last().endMono) > inputTime || !awaits(op, m.responses) {
			continue
		}
		// Two that wait for the same: nothing says which, so neither is resumed.
		if found != nil {
			return nil
		}
		found = op
	}
	return found
}

// asksLike reports whether a request is for the same as an operation.
func asksLike(op *operation, m *message) bool {
	return op.direction == m.Direction && op.method == m.Method && op.target == m.Target
}

// awaits reports whether an operation waits for these responses. It waits for none,
// nil, only where it needs a visit to a web page.
func awaits(op *operation, responses []inputAnswer) bool {
	last := op.last()
	if responses == nil {
		return last.ended == schema.OutcomeProtocolError && last.errorCode == urlElicitation
	}
	return last.ended == schema.OutcomeInputRequired && op.inputs.await(responses)
}
