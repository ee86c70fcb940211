package interpret

import (
	"net/http"
	"time"

	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/collector/journal"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/jsonrpc"
)

// exchange is what the interpreter knows of an observed exchange, and the State of that.
type exchange struct {
	*observe.Exchange
	// transport is the observed one, or legacy SSE once the answer's head shows that.
	transport schema.Transport
	// session is nil until the exchange is assigned.
	session *session
	who     identity.Identity
	// ambiguous is set where its credentials or its session id can be read in two ways.
	ambiguous bool
	// number of the exchange in its session, from 1; 0 on stdio.
	number uint64
	// handshake is set if it carries an initialize request.
	handshake bool
	// pending is how many of its JSON-RPC requests have no answer yet.
	pending int
	// status and contentType are those of the answer's head; 0 before it was seen.
	status      int
	contentType string
	// answers is how many JSON-RPC answers came in this exchange.
	answers int
	// outcomeRecorded is set once an event states how this exchange ended.
	outcomeRecorded bool
	// exempted is what was not recorded of an exempt exchange; exemptionEnded is set once
	// JSON-RPC was found in it.
	exempted       exempted
	exemptionEnded bool
	// credentials is set once one of its bodies served to obtain credentials.
	credentials bool
	// recorded is set if one of its messages became an event, excluded if the policy
	// excluded one.
	recorded, excluded bool
	// unfinished are values that lines of a process began and did not end, by direction.
	unfinished map[schema.Direction]*jsonrpc.Skimmer
}

// exchangeOf returns the state of an exchange, made at its first observation; nil for no
// exchange.
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

// allExcluded reports whether the exchange carried messages and all were excluded. A
// stream that a client opens carries those of others.
func (x *exchange) allExcluded() bool {
	return x.excluded && !x.recorded && x.HTTP.Verb != http.MethodGet
}

// draft starts an event of a session. x is nil for what no exchange caused.
func draft(j *journal.Journal, s *session, x *exchange, kind schema.Kind, at time.Time) *schema.Event {
	e := j.Draft(s.Session, kind, at)
	if x != nil {
		e.Peer, e.Exchange = x.Peer, x.number
		e.Principal, e.Scopes = x.who.Principal, x.who.Scopes
		if x.ambiguous {
			e.Flags |= schema.FlagAmbiguous
		}
		if x.Exempt != "" && x.exemptionEnded {
			e.Flags |= schema.FlagExempt
		}
	}
	return e
}
