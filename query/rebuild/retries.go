package rebuild

import (
	"slices"
	"time"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/schema"
)

// retryTime is how long after the first a second call counts as a try again.
const retryTime = time.Hour

// MarkRetries finds the tool calls that ask for what an earlier one asked for while
// nobody knows whether that was done: it was cut off, called off or never answered.
// The operations must come in the order in which they began.
func MarkRetries(operations []query.Operation) {
	type call struct{ target, arguments string }
	uncertain := map[call]int{}
	for i := range operations {
		op := &operations[i]
		if op.Kind != query.KindTool || op.Arguments == "" || op.Direction != schema.ClientToServer {
			continue
		}
		c := call{op.Target, op.Arguments}
		if before, known := uncertain[c]; known {
			first := &operations[before]
			if ended(first, op.Started) && op.Started.Sub(first.Started) < retryTime {
				id := first.ID
				op.RetryOf = &id
				mark(first)
				mark(op)
			}
			delete(uncertain, c)
		}
		if mayBeDone(op) {
			uncertain[c] = i
		}
	}
}

func mark(op *query.Operation) {
	if !slices.Contains(op.Flags, query.FlagDouble) {
		op.Flags = append(op.Flags, query.FlagDouble)
	}
}

// mayBeDone reports whether the server may have done what it was asked while the
// client did not hear of it in time.
func mayBeDone(op *query.Operation) bool {
	switch op.Outcome {
	case schema.OutcomeUnanswered, schema.OutcomeCancelled, schema.OutcomeClientDisconnect, schema.OutcomeServerDisconnect,
		schema.OutcomeTransportError:
		return true
	case schema.OutcomeHTTPError:
		return op.HTTPStatus == 0 || op.HTTPStatus >= 500
	}
	return slices.Contains(op.Flags, schema.FlagLate.Names()[0])
}

// ended reports whether an operation was over for its client before a moment.
func ended(op *query.Operation, by time.Time) bool {
	return op.DurationMS == nil || slices.Contains(op.Flags, schema.FlagLate.Names()[0]) ||
		!op.Started.Add(time.Duration(*op.DurationMS*float64(time.Millisecond))).After(by)
}
