package collector

import (
	"context"
	"net/http"
	"time"

	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/sse"
	"github.com/mcptrail/mcptrail/schema"
)

// Exchange is one HTTP exchange, or the whole life of one stdio process. A
// transport makes it, tells it what it sees in the order it sees it, and ends it;
// no call blocks or fails. Calls may come from several goroutines.
type Exchange struct {
	rec *Recorder

	// Upstream is the configured name of the server.
	Upstream  string
	Transport schema.Transport
	// Peer is the client's address without port; empty on stdio.
	Peer string
	// HTTP is the request's head; nil on stdio.
	HTTP *RequestHead
	// head is what is kept of its header.
	head head
	// unheard, guarded by the queue's lock, says that the head found no room.
	unheard bool
	// Process is what was started; nil on HTTP.
	Process *Process

	// What follows is owned by the goroutine behind the queue.

	session *session
	who     identity.Identity
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

// RequestHead is what a transport tells of an HTTP request. Begin takes it over, and
// keeps of its header what the record needs.
type RequestHead struct {
	Verb string
	// URL as the client sent it, path and query.
	URL    string
	Header http.Header
}

// Process is what a stdio wrapper started. Command is redacted by the wrapper.
type Process struct {
	Command []string `json:"command"`
	// Env holds names only, of what the process got.
	Env  []string `json:"env,omitempty"`
	Dir  string   `json:"cwd,omitempty"`
	PID  int      `json:"pid,omitempty"`
	Host string   `json:"host,omitempty"`
	User string   `json:"user,omitempty"`
	// Keys are correlation keys found in the environment.
	Keys []schema.Key `json:"-"`
}

// End is how an exchange ended.
type End string

const (
	// EndEOF: as it should.
	EndEOF End = "eof"
	// EndClient and EndServer: that side hung up.
	EndClient End = "client"
	EndServer End = "server"
	// EndTransport: the upstream could not be reached or spoke no HTTP.
	EndTransport End = "transport"
)

// sighting is one thing seen on the wire.
type sighting struct {
	x    *Exchange
	what what
	at   time.Time

	direction schema.Direction
	body      message.Body
	answer    *answerHead
	end       End
	exit      *Exit
	// sse is set for an event of a stream.
	sse *sseHead
	// own is set for what no transport saw.
	own *ownWord
}

// answerHead is the status of an answer and what is kept of its header.
type answerHead struct {
	status int
	head   head
}

// sseHead are the fields of a server-sent event.
type sseHead struct{ id, name string }

// ownWord is what the collector itself states.
type ownWord struct {
	finish string
	tell   func(*sessions)
	// durable has room to hear whether the events that tell made are safe.
	durable chan<- bool
}

type what uint8

const (
	sawOpen what = iota
	sawMessage
	sawStderr
	sawResponse
	sawEvent
	sawEnd
	// sawSkip: the transport could not read something.
	sawSkip
	// sawFinish: the transport is done, all sessions end.
	sawFinish
	// sawTold is no sight of a transport: the collector itself has something to state.
	sawTold
)

// Exit is how a process ended.
type Exit struct {
	Reason string `json:"reason"`
	Code   int    `json:"exit_code"`
	Signal string `json:"signal,omitempty"`
	// Held says that another process still held the output open when the time to
	// wait for its end was over.
	Held bool `json:"output_held,omitempty"`
}

// Begin makes x known. On stdio it opens the session.
func (r *Recorder) Begin(x Exchange, at time.Time) *Exchange {
	x.rec = r
	if x.HTTP != nil {
		h, key := x.HTTP, r.config.Key
		x.head = headOf(r.wanted, h.Header, key)
		h.Verb, h.URL, h.Header = clip(h.Verb, schema.MaxName, key), clip(h.URL, maxField, key), nil
	}
	if x.Process != nil {
		r.offer(sighting{x: &x, what: sawOpen, at: at})
	}
	return &x
}

// Message records a stdio line, or the body of an HTTP request or of an answer that
// is no event stream; the empty body too, since it ends the request. It reports
// whether the message may be passed on: always, but where nothing passes unrecorded.
func (x *Exchange) Message(direction schema.Direction, body message.Body, at time.Time) bool {
	return x.rec.offer(sighting{x: x, what: sawMessage, direction: direction, body: body, at: at})
}

// Event records one server-sent event.
func (x *Exchange) Event(e sse.Event, at time.Time) bool {
	return x.rec.offer(sighting{x: x, what: sawEvent, direction: schema.ServerToClient,
		body: e.Data, sse: &sseHead{e.ID, e.Name}, at: at})
}

// Response records the head of the answer.
func (x *Exchange) Response(status int, header http.Header, at time.Time) bool {
	return x.rec.offer(sighting{x: x, what: sawResponse, at: at,
		answer: &answerHead{status, headOf(ofAnswers, header, x.rec.config.Key)}})
}

// Stderr records one line that the process wrote to its standard error.
func (x *Exchange) Stderr(line message.Body, at time.Time) bool {
	return x.rec.offer(sighting{x: x, what: sawStderr, body: line, at: at})
}

// End records how an HTTP exchange ended. Nothing may follow it.
func (x *Exchange) End(end End, at time.Time) {
	x.rec.offer(sighting{x: x, what: sawEnd, end: end, at: at})
}

// Exit records how the process ended, and closes its session.
func (x *Exchange) Exit(exit Exit, at time.Time) {
	x.rec.offer(sighting{x: x, what: sawEnd, exit: &exit, at: at})
}

// Finish closes all sessions for a reason of the transport's: a transcript that is
// read to its end.
func (r *Recorder) Finish(reason string, at time.Time) {
	r.queue.offer(sighting{what: sawFinish, own: &ownWord{finish: reason}, at: at})
}

// Skip says that the transport could not read something of that many bytes, and not
// whose it was: every session that is open, or the first one to open, gets a gap.
func (r *Recorder) Skip(bytes uint64, at time.Time) {
	r.queue.offer(sighting{what: sawSkip, body: message.Body{Size: bytes}, at: at})
}

// Room blocks until half of the queue is free. Only a transport that can wait, such
// as an import, may call it; one that carries traffic must not.
func (r *Recorder) Room(ctx context.Context) error { return r.queue.room(ctx) }
