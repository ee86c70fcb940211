package rebuild

import (
	"slices"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/schema"
)

// message is one event on its way through a rebuild: chain, pairing, contents,
// operations, catalogue, facts. Each stage fills in its part and reads what the stages
// before it filled in.
type message struct {
	query.Event
	// flags of the event that hold, and those that pairing finds.
	flags schema.Flag
	// words are flags of the timeline that no event has, see [query.FlagAnsweredAgain].
	words []string

	// Of the chain. afterGap says that events are missing directly before this one, or
	// that it states a gap; incomplete that some are missing anywhere before it;
	// requestLost that its request is one of them.
	afterGap, incomplete, requestLost bool

	// Of the pairing.
	role role
	// rounds that it belongs to: one, several where an HTTP exchange carried a batch,
	// none where role says so. The round of a request is made by the operations.
	rounds []*round
	// ends are the rounds that it ends, with its outcome.
	ends []*round
	// again says that its request had been answered before.
	again bool
	// parent is the operation that caused a request, nil where that is not certain.
	parent *operation
	// task that a request polls or a notification reports on, nil for none.
	task *task

	contents
}

// role is how a message belongs to its rounds.
type role int

const (
	// roleFact: it belongs to no operation.
	roleFact role = iota
	roleRequest
	roleAnswer
	roleNotification
	// roleExchange: the collector states it about the HTTP exchange of its requests.
	roleExchange
	// roleReply: the collector states it about the HTTP exchange in which a client
	// answered or cancelled its round.
	roleReply
	// roleReplay: the message is in the record already. Without rounds it is a fact.
	roleReplay
	// roleStray: an answer without a request.
	roleStray
	// roleGap: only the chain takes it.
	roleGap
	// roleClose: a fact that ends what still waits.
	roleClose
)

// judged are the flags that a collector's pairing sets. They do not outlive a better
// rule, so the pairing here sets them anew.
const judged = schema.FlagUnmatched | schema.FlagLate | schema.FlagIDMismatch

// round is the first that the message belongs to, nil for none.
func (m *message) round() *round {
	if len(m.rounds) == 0 {
		return nil
	}
	return m.rounds[0]
}

// equivocal says that another event claims the same seq.
func (m *message) equivocal() bool { return slices.Contains(m.words, query.FlagEquivocation) }
