package collector

import (
	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/schema"
)

// exchange is what the goroutine behind the queue knows of an exchange. It is the State
// of the observed one.
type exchange struct {
	*observe.Exchange
	// transport is that of the observed one, or legacy SSE once its answer shows that.
	transport schema.Transport
	session   *session
	who       identity.Identity
	// number of the exchange in its session, from 1; 0 on stdio.
	number uint64
	// handshake says that it carries an initialize request.
	handshake bool
	// waiting is how many of its JSON-RPC requests have no answer yet.
	waiting int
	// Of the answer's head; status 0 before it was seen.
	status      int
	contentType string
	// answers is how many JSON-RPC answers came in this exchange.
	answers int
	// told says that an event already says how this exchange ended.
	told bool
	// kept and left say that there are events of some of its messages, and none of
	// others.
	kept, left bool
}

// exchangeOf returns what is known of an exchange; nil of none.
func exchangeOf(x *observe.Exchange) *exchange {
	if x == nil {
		return nil
	}
	known, ok := x.State.(*exchange)
	if !ok {
		known = &exchange{Exchange: x, transport: x.Transport}
		x.State = known
	}
	return known
}
