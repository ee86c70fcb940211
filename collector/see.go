package collector

import (
	"net/http"
	"strings"
	"time"

	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/collector/sse"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/jsonrpc"
)

// see turns one observation into events.
func (ss *sessions) see(o *observe.Observation) {
	x := exchangeOf(o.Exchange)
	switch o.Kind {
	case observe.KindStart:
		ss.openProcess(x, o.At)
	case observe.KindMessage:
		switch {
		case x.HTTP == nil:
			ss.messages(x, o)
		case o.Direction == schema.ClientToServer:
			ss.requestBody(x, o)
		default:
			ss.answerBody(x, o)
		}
	case observe.KindStderr:
		ss.text(x, schema.KindStderr, o)
	case observe.KindResponse:
		ss.responseHead(x, o)
	case observe.KindServerEvent:
		ss.serverEvent(x, o)
	case observe.KindEnd:
		ss.end(x, o)
	case observe.KindSkip:
		ss.skipped(o.Body.Size, o.At)
	case observe.KindFinish:
		ss.closeAll(string(o.End), o.At)
	case observe.KindTask:
		o.Task.Run()
	}
	if x != nil && x.session != nil && o.At.After(x.session.last) {
		x.session.last = o.At
	}
}

func (ss *sessions) openProcess(x *exchange, at time.Time) {
	ss.identify(x)
	x.session = ss.open(x, schema.BasisStdio, at)
	e := ss.event(x.session, x, schema.KindOpen, at)
	e.Keys = x.Process.Keys
	process := *x.Process
	process.Command, process.Dir = ss.redactor.Argv(process.Command), ss.cleanText(process.Dir)
	e.Payload = detail(process)
	ss.record(x.session, e)
	ss.opened(x.session, at)
}

// requestBody assigns the exchange to a session and records what the body holds.
func (ss *sessions) requestBody(x *exchange, o *observe.Observation) {
	if o.Body.Size == 0 && x.HTTP.Verb == http.MethodGet {
		return // the answer's head tells what this is
	}
	if x.session == nil {
		initialize, client := ss.preview(&o.Body)
		ss.assign(x, initialize, client, o.At)
	}
	if o.Body.Size > 0 {
		ss.messages(x, o)
	}
}

// responseHead learns the protocol's session id and records what no JSON-RPC
// message will tell: challenges, accepted notifications, opened streams.
func (ss *sessions) responseHead(x *exchange, o *observe.Observation) {
	x.status, x.contentType = o.Status, o.Headers.Get("Content-Type")
	if x.session == nil {
		ss.assign(x, false, "", o.At)
	}
	if id := o.Headers.Get(observe.SessionHeader); id != "" && o.Status < 300 && x.handshake {
		ss.bind(x, id)
	}
	switch {
	case o.Challenge():
		ss.challenge(x, o)
	case o.Accepted():
		ss.fact(x, "accepted", schema.OutcomeAccepted, o.At)
	case x.HTTP.Verb == http.MethodGet && isEventStream(x.contentType):
		ss.fact(x, "stream_open", "", o.At)
		x.told = false // its end is a fact of its own
	case x.HTTP.Verb == http.MethodDelete && o.Status < 300:
		ss.fact(x, "deleted", schema.OutcomeOK, o.At)
		if !x.session.closed {
			ss.close(x.session, x, observe.Exit{Reason: "deleted"}, o.At)
		}
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

// challenge records a 401, or a 403 that asks for more, as an event of its own.
func (ss *sessions) challenge(x *exchange, o *observe.Observation) {
	c := identity.ChallengeOf(o.Headers)
	for _, said := range []*string{&c.Scheme, &c.Error, &c.Scope, &c.Realm} {
		*said = ss.cleanText(*said)
	}
	c.ResourceMetadata = ss.redactor.URL(c.ResourceMetadata)
	e := ss.event(x.session, x, schema.KindAuth, o.At)
	e.HTTPStatus = uint16(o.Status)
	e.Outcome = failure(o.Status)
	e.Scopes = strings.Fields(c.Scope)
	e.Payload = detail(c)
	ss.endsRequest(x, e)
	ss.record(x.session, e)
	x.told = true
}

// answerBody records an answer that is no event stream.
func (ss *sessions) answerBody(x *exchange, o *observe.Observation) {
	if x.session == nil {
		ss.assign(x, false, "", o.At)
	}
	switch {
	case o.Body.Size == 0:
	case (x.told || x.status >= 300) && !isAnswer(o.Body):
		ss.page(x, o)
	default:
		ss.messages(x, o)
	}
}

// isAnswer tells a JSON-RPC error from an error page, which is often JSON too.
func isAnswer(body message.Body) bool {
	m, ok := envelope(body)
	return ok && m.Kind != schema.KindNoise || body.Envelope == nil && jsonrpc.IsBatch(body.Data)
}

// serverEvent records one event of a stream.
func (ss *sessions) serverEvent(x *exchange, o *observe.Observation) {
	if x.session == nil {
		ss.assign(x, false, "", o.At)
	}
	if o.SSE.Name == "endpoint" {
		// The legacy transport: the client will post to this address.
		if url := sse.Endpoint(x.HTTP.URL, string(o.Body.Data)); url != "" {
			ss.call(x.session, ss.streamName(x, url))
		}
		ss.fact(x, "endpoint", "", o.At)
		x.told = false
		return
	}
	if o.Body.Size == 0 {
		if o.SSE.ID != "" {
			x.session.replays.add(ss.config.Key.Sum("sse", o.SSE.ID))
		}
		return // a priming event: an id to reconnect with, and nothing else
	}
	ss.messages(x, o)
}

// end records how an exchange ended, where nothing said so before.
func (ss *sessions) end(x *exchange, o *observe.Observation) {
	if o.Exit != nil {
		if x.session != nil {
			ss.close(x.session, x, *o.Exit, o.At)
			ss.forget(x.session, o.Exit.Reason, o.At)
		}
		return
	}
	if x.session == nil {
		ss.assign(x, false, "", o.At)
	}
	stream := x.HTTP.Verb == http.MethodGet
	switch {
	case o.End == observe.EndClient && (stream || x.waiting > 0 || x.status == 0):
		ss.fact(x, "hang_up", schema.OutcomeClientDisconnect, o.At)
	case o.End == observe.EndTransport:
		ss.fact(x, "unreachable", schema.OutcomeTransportError, o.At)
	case o.End == observe.EndServer, o.End == observe.EndEOF && x.waiting > 0 && x.status < 300 && !x.told:
		ss.fact(x, "cut_off", schema.OutcomeServerDisconnect, o.At)
	case x.told, x.answers > 0:
	case x.status >= 300:
		ss.fact(x, "response", failure(x.status), o.At)
	case stream:
		ss.fact(x, "stream_end", "", o.At)
	}
	if x.session.basis == schema.BasisSSE && stream && !x.session.closed {
		ss.close(x.session, x, observe.Exit{Reason: "eof"}, o.At)
	}
}

// fact records something HTTP told and no JSON-RPC message does.
func (ss *sessions) fact(x *exchange, what string, outcome schema.Outcome, at time.Time) {
	if x.told = true; x.silent() {
		return
	}
	e := ss.event(x.session, x, schema.KindHTTP, at)
	e.HTTPStatus, e.Outcome = uint16(x.status), outcome
	e.Payload = detail(struct {
		What        string `json:"what"`
		Verb        string `json:"verb"`
		ContentType string `json:"content_type,omitempty"`
	}{what, ss.cleanText(x.HTTP.Verb), ss.cleanText(media(x.contentType))})
	ss.headerKeys(e, x.Headers)
	if outcome != "" && outcome != schema.OutcomeAccepted {
		ss.endsRequest(x, e)
	}
	ss.record(x.session, e)
}

// page records an answer that is no JSON-RPC: an error page, a plain text.
func (ss *sessions) page(x *exchange, o *observe.Observation) {
	e := ss.event(x.session, x, schema.KindHTTP, o.At)
	e.Direction, e.HTTPStatus = schema.ServerToClient, uint16(x.status)
	if x.status >= 400 && !x.told {
		e.Outcome = failure(x.status)
		ss.endsRequest(x, e)
	}
	ss.carry(e, o.Body)
	ss.tell(x, e, false)
	x.told = true
}

// endsRequest ties an event that ends an exchange to its open request.
func (ss *sessions) endsRequest(x *exchange, e *schema.Event) {
	if open := x.session.pairs.EndExchange(x.number); len(open) > 0 {
		if r := open[0]; !follow(e, &r) {
			e.Method, e.Target, e.RPCID = r.Method, r.Target, r.ID
		}
	}
}

// text records a line that is free text.
func (ss *sessions) text(x *exchange, kind schema.Kind, o *observe.Observation) {
	if x.session == nil {
		return
	}
	e := ss.event(x.session, x, kind, o.At)
	e.Direction = o.Direction
	ss.carry(e, o.Body)
	ss.record(x.session, e)
}

// carry puts a body into an event.
func (ss *sessions) carry(e *schema.Event, body message.Body) {
	e.Payload, e.Size = body.Data, body.Size
	if body.Cut() {
		e.Flags |= schema.FlagTruncated
	}
}
