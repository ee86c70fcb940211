package interpret

import (
	"crypto/sha256"
	"net/http"
	"strings"
	"time"

	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/collector/journal"
	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/collector/sse"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/jsonrpc"
)

// requestBody assigns the exchange to a session and records what the body holds.
func (in *Interpreter) requestBody(x *exchange, o *observe.Observation) {
	if o.Body.Size == 0 && x.HTTP.Verb == http.MethodGet {
		// A legacy event stream is a session of its own, any other GET belongs to one that
		// is there: only the head of the answer shows which it is.
		return
	}
	if in.exempts(x, o) {
		return
	}
	if x.session == nil {
		initialize, client := in.preview(x, &o.Body)
		in.sessions.assign(x, initialize, client, o.At)
	}
	if o.Body.Size > 0 {
		in.messages(x, o)
	}
}

// responseHead takes up the protocol's session id and records what no JSON-RPC message
// states: challenges, accepted notifications, opened streams. An id counts only in the
// answer to an initialize request: in any other it names no session of the client's.
func (in *Interpreter) responseHead(x *exchange, o *observe.Observation) {
	x.status, x.contentType = o.Status, o.Headers.Get("Content-Type")
	if x.exempt() {
		return
	}
	in.ensureAssigned(x, o.At)
	if id := o.Headers.Get(observe.SessionHeader); id != "" && o.Status < 300 && x.handshake {
		in.sessions.bind(x, id)
	}
	if cookies := o.Headers.Get("Set-Cookie"); cookies != "" {
		in.sessions.addCookies(x, cookies)
	}
	switch {
	case o.Challenge():
		in.challenge(x, o)
	case o.Accepted():
		in.fact(x, "accepted", schema.OutcomeAccepted, o.At)
	case x.HTTP.Verb == http.MethodGet && isEventStream(x.contentType):
		in.fact(x, "stream_open", "", o.At)
		x.outcomeRecorded = false // its end is a fact of its own
	case x.HTTP.Verb == http.MethodDelete && o.Status < 300:
		in.fact(x, "deleted", schema.OutcomeOK, o.At)
		if !x.session.Closed() { // a second DELETE
			in.sessions.close(x.session, x, observe.Exit{Reason: "deleted"}, o.At)
		}
	}
}

// ensureAssigned assigns an exchange by its head where no body did: it has none, it was
// lost, or the server answers before it has read it.
func (in *Interpreter) ensureAssigned(x *exchange, at time.Time) {
	if x.session == nil {
		in.sessions.assign(x, false, "", at)
	}
}

// failure is the outcome of an exchange that a status ended.
func failure(status int) schema.Outcome {
	switch status {
	case http.StatusUnauthorized:
		return schema.OutcomeUnauthorized
	case http.StatusForbidden:
		return schema.OutcomeForbidden
	}
	return schema.OutcomeHTTPError
}

// challenge records a 401, or a 403 with a challenge, as an event of its own. Its scopes
// are those that the server requires, not those that the credential has.
func (in *Interpreter) challenge(x *exchange, o *observe.Observation) {
	c := identity.ChallengeOf(o.Headers)
	for _, text := range []*string{&c.Scheme, &c.Error, &c.Scope, &c.Realm} {
		*text = in.clean.Text(*text)
	}
	c.ResourceMetadata = in.clean.URL(c.ResourceMetadata)
	e := draft(in.journal, x.session, x, schema.KindAuth, o.At)
	e.HTTPStatus = uint16(o.Status)
	e.Outcome = failure(o.Status)
	e.Scopes = strings.Fields(c.Scope)
	e.Payload = journal.Detail(c)
	in.endRequest(x, e)
	in.journal.Record(x.session.Session, e)
	x.outcomeRecorded = true
}

// answerBody records an answer that is no event stream.
func (in *Interpreter) answerBody(x *exchange, o *observe.Observation) {
	if in.exempts(x, o) {
		return
	}
	in.ensureAssigned(x, o.At)
	switch {
	// An empty body says nothing; the end of the exchange states what its head did not.
	case o.Body.Size == 0:
	case (x.outcomeRecorded || x.status >= 300) && !isAnswer(x, o):
		in.page(x, o)
	default:
		in.messages(x, o)
	}
}

// isAnswer distinguishes a JSON-RPC error from an error page, which is often JSON too.
func isAnswer(x *exchange, o *observe.Observation) bool {
	return holdsRPC(x, o) || jsonrpc.IsBatch(o.Body.Data)
}

// serverEvent records one event of a stream.
func (in *Interpreter) serverEvent(x *exchange, o *observe.Observation) {
	if in.exempts(x, o) {
		return
	}
	in.ensureAssigned(x, o.At)
	if o.SSE.Name == "endpoint" && !holdsRPC(x, o) {
		// The legacy transport: the client posts to this address, and by it those exchanges
		// find the session of the stream. The event itself is not stored, it holds an id.
		if url := sse.Endpoint(x.HTTP.URL, string(o.Body.Data)); url != "" {
			in.sessions.setName(x.session, in.sessions.streamName(x, url))
		}
		in.fact(x, "endpoint", "", o.At)
		x.outcomeRecorded = false
		return
	}
	if o.Body.Size == 0 {
		if o.SSE.ID != "" {
			x.session.replayed(in.eventHash(o))
		}
		return // a priming event: an id to reconnect with, and nothing else
	}
	in.messages(x, o)
}

// exchangeEnd records how an exchange ended, where no event states that yet. Every request
// gets an outcome: an answer, a status, or who broke off. A client that hangs up after
// all answers have come cancels nothing.
func (in *Interpreter) exchangeEnd(x *exchange, o *observe.Observation) {
	if x.exempt() {
		in.exemption(x, o.End, o.At)
		return
	}
	in.ensureAssigned(x, o.At)
	stream := x.HTTP.Verb == http.MethodGet
	switch {
	case o.End == observe.EndClient && (stream || x.pending > 0 || x.status == 0):
		in.fact(x, "hang_up", schema.OutcomeClientDisconnect, o.At)
	case o.End == observe.EndTransport:
		in.fact(x, "unreachable", schema.OutcomeTransportError, o.At)
	case o.End == observe.EndServer, o.End == observe.EndEOF && x.pending > 0 && x.status < 300 && !x.outcomeRecorded:
		// Also an orderly end, if it leaves a request of this exchange without an answer.
		in.fact(x, "cut_off", schema.OutcomeServerDisconnect, o.At)
	case x.outcomeRecorded, x.answers > 0:
	case x.status >= 300:
		in.fact(x, "response", failure(x.status), o.At)
	case stream:
		in.fact(x, "stream_end", "", o.At)
	}
	// The stream is the session: without it no answer can reach the client.
	if x.session.Basis == schema.BasisSSE && stream && !x.session.Closed() {
		in.sessions.close(x.session, x, observe.Exit{Reason: "eof"}, o.At)
	}
}

// fact records what HTTP states and no JSON-RPC message does. An exchange whose messages
// were all excluded leaves no facts either: they would show what was excluded.
func (in *Interpreter) fact(x *exchange, what string, outcome schema.Outcome, at time.Time) {
	if x.outcomeRecorded = true; x.allExcluded() {
		return
	}
	e := draft(in.journal, x.session, x, schema.KindHTTP, at)
	e.HTTPStatus, e.Outcome = uint16(x.status), outcome
	e.Payload = journal.Detail(struct {
		What        string `json:"what"`
		Verb        string `json:"verb"`
		ContentType string `json:"content_type,omitempty"`
	}{what, in.clean.Text(x.HTTP.Verb), in.clean.Text(mediaType(x.contentType))})
	in.keys.addFromHeaders(e, x.Headers)
	// A 202 ends no request: its answer comes over another stream.
	if outcome != "" && outcome != schema.OutcomeAccepted {
		in.endRequest(x, e)
	}
	in.journal.Record(x.session.Session, e)
}

// page records an answer that is no JSON-RPC: an error page, a plain text. Where the
// request is not known its level is the lowest of the server, since it can repeat any.
func (in *Interpreter) page(x *exchange, o *observe.Observation) {
	e := draft(in.journal, x.session, x, schema.KindHTTP, o.At)
	e.Direction, e.HTTPStatus = schema.ServerToClient, uint16(x.status)
	if x.status >= 400 && !x.outcomeRecorded {
		e.Outcome = failure(x.status)
		in.endRequest(x, e)
	}
	carry(e, o.Body)
	source := sourceOf(x, o.Body, o.Direction, false)
	e.Charset, e.Waited = source.charset(), int64(o.Waited)
	withholdUnreadable(x, e, o.Body)
	in.recordMessage(x, e, journal.Subject{})
	x.outcomeRecorded = true
}

// carry puts a body into an event, as it came from the peer: the journal cleans it. Of one
// that is nested too deep for that, the deep subtrees are taken out before.
func carry(e *schema.Event, body message.Body) {
	if e.Charset == "" && message.Deep(body.Data) {
		if !body.Cut() {
			body.Sum = sha256.Sum256(body.Data)
		}
		body.Data = message.Prune(body.Data, len(body.Data))
	}
	e.Payload, e.Size, e.Commitment = body.Data, body.Size, body.Sum
	if body.Cut() {
		e.Flags |= schema.FlagTruncated
	}
}

func isEventStream(contentType string) bool {
	return strings.EqualFold(mediaType(contentType), "text/event-stream")
}

// mediaType is a content type without its parameters.
func mediaType(contentType string) string {
	media, _, _ := strings.Cut(contentType, ";")
	return strings.TrimSpace(media)
}
