package collector

import (
	"net/http"
	"strings"
	"time"

	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/sse"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/jsonrpc"
)

// see turns one sighting into events.
func (ss *sessions) see(s *sighting) {
	x := s.x
	switch s.what {
	case sawOpen:
		ss.openProcess(x, s.at)
	case sawMessage:
		switch {
		case x.HTTP == nil:
			ss.messages(x, s)
		case s.direction == schema.ClientToServer:
			ss.requestBody(x, s)
		default:
			ss.answerBody(x, s)
		}
	case sawStderr:
		ss.text(x, schema.KindStderr, s)
	case sawResponse:
		ss.responseHead(x, s)
	case sawEvent:
		ss.serverEvent(x, s)
	case sawEnd:
		ss.end(x, s)
	case sawSkip:
		ss.skipped(s.body.Size, s.at)
	case sawFinish:
		ss.closeAll(s.own.finish, s.at)
	case sawTold:
		s.own.tell(ss)
	}
	if x != nil && x.session != nil && s.at.After(x.session.last) {
		x.session.last = s.at
	}
}

func (ss *sessions) openProcess(x *Exchange, at time.Time) {
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
func (ss *sessions) requestBody(x *Exchange, s *sighting) {
	if s.body.Size == 0 && x.HTTP.Verb == http.MethodGet {
		return // the answer's head tells what this is
	}
	if x.session == nil {
		initialize, client := ss.preview(&s.body)
		ss.assign(x, initialize, client, s.at)
	}
	if s.body.Size > 0 {
		ss.messages(x, s)
	}
}

// responseHead learns the protocol's session id and records what no JSON-RPC
// message will tell: challenges, accepted notifications, opened streams.
func (ss *sessions) responseHead(x *Exchange, s *sighting) {
	answer := s.answer
	x.status, x.contentType = answer.status, answer.head.Get("Content-Type")
	if x.session == nil {
		ss.assign(x, false, "", s.at)
	}
	if id := answer.head.Get(sessionHeader); id != "" && answer.status < 300 && x.handshake {
		ss.bind(x, id)
	}
	switch {
	case answer.challenges():
		ss.challenge(x, s)
	case answer.accepts():
		ss.fact(x, "accepted", schema.OutcomeAccepted, s.at)
	case x.HTTP.Verb == http.MethodGet && isEventStream(x.contentType):
		ss.fact(x, "stream_open", "", s.at)
		x.told = false // its end is a fact of its own
	case x.HTTP.Verb == http.MethodDelete && answer.status < 300:
		ss.fact(x, "deleted", schema.OutcomeOK, s.at)
		if !x.session.closed {
			ss.close(x.session, x, Exit{Reason: "deleted"}, s.at)
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
func (ss *sessions) challenge(x *Exchange, s *sighting) {
	c := identity.ChallengeOf(s.answer.head)
	for _, said := range []*string{&c.Scheme, &c.Error, &c.Scope, &c.Realm} {
		*said = ss.cleanText(*said)
	}
	c.ResourceMetadata = ss.redactor.URL(c.ResourceMetadata)
	e := ss.event(x.session, x, schema.KindAuth, s.at)
	e.HTTPStatus = uint16(s.answer.status)
	e.Outcome = failure(s.answer.status)
	e.Scopes = strings.Fields(c.Scope)
	e.Payload = detail(c)
	ss.endsRequest(x, e)
	ss.record(x.session, e)
	x.told = true
}

// answerBody records an answer that is no event stream.
func (ss *sessions) answerBody(x *Exchange, s *sighting) {
	if x.session == nil {
		ss.assign(x, false, "", s.at)
	}
	switch {
	case s.body.Size == 0:
	case (x.told || x.status >= 300) && !isAnswer(s.body):
		ss.page(x, s)
	default:
		ss.messages(x, s)
	}
}

// isAnswer tells a JSON-RPC error from an error page, which is often JSON too.
func isAnswer(body message.Body) bool {
	m, ok := envelope(body)
	return ok && m.Kind != schema.KindNoise || body.Envelope == nil && jsonrpc.IsBatch(body.Data)
}

// serverEvent records one event of a stream.
func (ss *sessions) serverEvent(x *Exchange, s *sighting) {
	if x.session == nil {
		ss.assign(x, false, "", s.at)
	}
	if s.sse.name == "endpoint" {
		// The legacy transport: the client will post to this address.
		if url := sse.Endpoint(x.HTTP.URL, string(s.body.Data)); url != "" {
			ss.call(x.session, ss.streamName(x, url))
		}
		ss.fact(x, "endpoint", "", s.at)
		x.told = false
		return
	}
	if s.body.Size == 0 {
		if s.sse.id != "" {
			x.session.replays.add(ss.config.Key.Sum("sse", s.sse.id))
		}
		return // a priming event: an id to reconnect with, and nothing else
	}
	ss.messages(x, s)
}

// end records how an exchange ended, where nothing said so before.
func (ss *sessions) end(x *Exchange, s *sighting) {
	if s.exit != nil {
		if x.session != nil {
			ss.close(x.session, x, *s.exit, s.at)
			ss.forget(x.session, s.exit.Reason, s.at)
		}
		return
	}
	if x.session == nil {
		ss.assign(x, false, "", s.at)
	}
	stream := x.HTTP.Verb == http.MethodGet
	switch {
	case s.end == EndClient && (stream || x.waiting > 0 || x.status == 0):
		ss.fact(x, "hang_up", schema.OutcomeClientDisconnect, s.at)
	case s.end == EndTransport:
		ss.fact(x, "unreachable", schema.OutcomeTransportError, s.at)
	case s.end == EndServer, s.end == EndEOF && x.waiting > 0 && x.status < 300 && !x.told:
		ss.fact(x, "cut_off", schema.OutcomeServerDisconnect, s.at)
	case x.told, x.answers > 0:
	case x.status >= 300:
		ss.fact(x, "response", failure(x.status), s.at)
	case stream:
		ss.fact(x, "stream_end", "", s.at)
	}
	if x.session.basis == schema.BasisSSE && stream && !x.session.closed {
		ss.close(x.session, x, Exit{Reason: "eof"}, s.at)
	}
}

// fact records something HTTP told and no JSON-RPC message does.
func (ss *sessions) fact(x *Exchange, what string, outcome schema.Outcome, at time.Time) {
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
	ss.headerKeys(e, x.head)
	if outcome != "" && outcome != schema.OutcomeAccepted {
		ss.endsRequest(x, e)
	}
	ss.record(x.session, e)
}

// page records an answer that is no JSON-RPC: an error page, a plain text.
func (ss *sessions) page(x *Exchange, s *sighting) {
	e := ss.event(x.session, x, schema.KindHTTP, s.at)
	e.Direction, e.HTTPStatus = schema.ServerToClient, uint16(x.status)
	if x.status >= 400 && !x.told {
		e.Outcome = failure(x.status)
		ss.endsRequest(x, e)
	}
	ss.carry(e, s.body)
	ss.tell(x, e, false)
	x.told = true
}

// endsRequest ties an event that ends an exchange to its open request.
func (ss *sessions) endsRequest(x *Exchange, e *schema.Event) {
	if open := x.session.pairs.EndExchange(x.number); len(open) > 0 {
		if r := open[0]; !follow(e, &r) {
			e.Method, e.Target, e.RPCID = r.Method, r.Target, r.ID
		}
	}
}

// text records a line that is free text.
func (ss *sessions) text(x *Exchange, kind schema.Kind, s *sighting) {
	if x.session == nil {
		return
	}
	e := ss.event(x.session, x, kind, s.at)
	e.Direction = s.direction
	ss.carry(e, s.body)
	ss.record(x.session, e)
}

// carry puts a body into an event.
func (ss *sessions) carry(e *schema.Event, body message.Body) {
	e.Payload, e.Size = body.Data, body.Size
	if body.Cut() {
		e.Flags |= schema.FlagTruncated
	}
}
