package rebuild

import (
	"slices"
	"time"

	"github.com/mcptrail/mcptrail/schema"
)

// Bounds of one operation. A server that asks for more is cut here; its messages are in the
// record all the same.
const (
	maxInputRequests = 64
	maxApprovals     = 64
)

// inputRequests are what the server asks for in the results of one operation, and what
// people answered while it ran.
type inputRequests struct {
	all       []*inputRequest
	approvals []approval
}

// inputRequest is a request of the server that stands in a result, and its answer in the
// params of the client's next request.
type inputRequest struct {
	inputAsked
	askedSeq  uint64
	askedMono int64
	asked     time.Time
	// answeredSeq is 0 while there is no answer.
	answeredSeq  uint64
	answeredMono int64
}

// approval is a person's answer to an elicitation.
type approval struct {
	// op is the elicitation, or in where it has no message of its own.
	op           *operation
	in           *inputRequest
	seq          uint64
	action, mode string
}

// ask takes the requests of a result. One that is open under its key already is the
// same request.
func (i *inputRequests) ask(m *message) {
	for _, asked := range m.report.inputs {
		// Words of a peer are kept in memory for the length of a rebuild, so theirs are bounded too.
		if i.open(asked.key) != nil || len(i.all) >= maxInputRequests || len(asked.key) > schema.MaxName || len(asked.method) > schema.MaxText {
			continue
		}
		i.all = append(i.all, &inputRequest{inputAsked: asked, askedSeq: m.Seq, askedMono: m.Mono, asked: wall(m.Event.Event)})
	}
}

// open returns the request of that key that waits for its answer, nil for none.
func (i *inputRequests) open(key string) *inputRequest {
	for _, r := range i.all {
		if r.key == key && r.answeredSeq == 0 {
			return r
		}
	}
	return nil
}

// await reports whether all of these responses are waited for; none are not.
func (i *inputRequests) await(responses []inputAnswer) bool {
	return len(responses) > 0 && !slices.ContainsFunc(responses, func(r inputAnswer) bool { return i.open(r.key) == nil })
}

// answer takes the responses that a request carries.
func (i *inputRequests) answer(m *message) {
	for _, response := range m.responses {
		r := i.open(response.key)
		if r == nil {
			continue
		}
		r.answeredSeq, r.answeredMono = m.Seq, m.Mono
		if r.method == "elicitation/create" {
			i.approve(approval{in: r, seq: m.Seq, action: response.action, mode: r.mode})
		}
	}
}

func (i *inputRequests) approve(a approval) {
	if len(i.approvals) < maxApprovals && len(a.action) < maxWord && len(a.mode) < maxWord {
		i.approvals = append(i.approvals, a)
	}
}
