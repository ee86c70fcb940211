package cli

import (
	"fmt"
	"time"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/schema"
)

// outcome is how something ended, green, red or yellow: what is neither good nor an
// error, or of a word that is not known here, is yellow and never green.
// The cell's text is printable.
func outcome(o schema.Outcome, code *int64) cell {
	text := printable(string(o))
	if code != nil {
		text += fmt.Sprintf(" %d", *code)
	}
	switch {
	case o == schema.OutcomeOK, o == schema.OutcomeAccepted:
		return cell{text, green}
	case query.Failed(o):
		return cell{text, red}
	}
	return cell{text, yellow}
}

// at is a time since the session began.
func at(s query.Session, t time.Time) string {
	// By wall clocks, as sessions of several hosts share an axis; durations come from
	// the monotonic clock and are printed by ms.
	return fmt.Sprintf("%.3fs", t.Sub(s.Started).Seconds())
}

// arrow shows who speaks: the client to the right, the server to the left, the
// collector itself a dot.
// It is the direction of the message and not of the operation: the answer to a request
// of the client has the server's arrow in a list of events.
func arrow(d schema.Direction) string {
	switch d {
	case schema.ClientToServer:
		return "→"
	case schema.ServerToClient:
		return "←"
	}
	return "·"
}

// count is a number with its noun, in the plural where it takes one.
// The plural takes an s: choose nouns that do.
func count(n uint64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// or is the text, or another where it is empty.
func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
