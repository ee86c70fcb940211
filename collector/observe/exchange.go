package observe

import (
	"net/http"
	"time"

	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/sse"
	"github.com/mcptrail/mcptrail/schema"
)

// Exchange is one HTTP exchange, or the whole life of one stdio process. A transport
// makes it with [Queue.Begin], reports observations in the order in which they are
// made, and ends it. No call fails. Calls may come from several goroutines.
type Exchange struct {
	queue *Queue

	// Upstream is the configured name of the server.
	Upstream  string
	Transport schema.Transport
	// Peer is the client's address without port; empty on stdio.
	Peer string
	// Share of the queue that its connection has; nil where there is one connection only.
	Share *Share
	// HTTP is the head of the request; nil on stdio. Begin takes it over.
	HTTP *RequestHead
	// Exempt is why the bodies of an HTTP exchange do not belong into the record; empty
	// where they do. JSON-RPC in it is recorded all the same.
	Exempt Exemption
	// Process is what was started; nil on HTTP.
	Process *Process

	// Headers are what Begin kept of the header of the request, immutable since.
	Headers Headers
	// headersLost is set if the head was lost because the queue was full. What follows is
	// lost too: a later observation would hold headers that nothing accounts for.
	// Guarded by the queue's mu.
	headersLost bool
	// waited is how long the bytes at hand of each lane have waited for capacity. An element
	// belongs to the goroutine that passes the bytes of that lane.
	waited [lanes]time.Duration

	// State belongs to the consumer of the queue, whose goroutine alone reads and writes
	// it; nil before its first observation is taken. It stands here, and not in a map,
	// since every observation needs it and it must end with the exchange.
	State any
}

// Exemption is why an exchange is exempt from the record. It depends on what the exchange
// is for, which neither side can prove: so its bodies are read like all others, what is
// JSON-RPC is recorded, and an event states that the rest was not.
type Exemption string

const (
	// ExemptPreflight: a CORS preflight, by its verb and its headers.
	ExemptPreflight Exemption = "preflight"
	// ExemptMetadata: a well-known address of OAuth metadata (RFC 8414, RFC 9728).
	ExemptMetadata Exemption = "oauth_metadata"
	// ExemptOAuth: an address that the upstream's own OAuth metadata names.
	ExemptOAuth Exemption = "oauth"
)

// RequestHead is the head of an HTTP request. Begin keeps the headers that the record
// needs and clears Header.
type RequestHead struct {
	Verb string
	// URL as the client sent it, path and query.
	URL    string
	Header http.Header
}

// Process is what a stdio wrapper started. Command is redacted behind the queue.
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

// Exit is how a process ended.
type Exit struct {
	Reason string `json:"reason"`
	Code   int    `json:"exit_code"`
	Signal string `json:"signal,omitempty"`
	// Held is set if another process still held the output open when the time to wait for its
	// end was over.
	Held bool `json:"output_held,omitempty"`
}

// Begin returns the exchange to report observations to. On stdio it opens the session.
func (q *Queue) Begin(x Exchange, at time.Time) *Exchange {
	x.queue = q
	if h := x.HTTP; h != nil {
		x.Headers = headersOf(q.headers, h.Header, q.config.Key)
		h.Verb, h.URL, h.Header = Clip(h.Verb, schema.MaxName, q.config.Key), Clip(h.URL, maxField, q.config.Key), nil
	}
	if x.Process != nil {
		q.offer(Observation{Exchange: &x, Kind: KindStart, At: at})
	}
	return &x
}

// Message records a stdio line, or the body of an HTTP request or of an answer that
// is no event stream; the empty body too, since it ends the request. It reports
// whether the message may be passed on: always, but where nothing passes unrecorded.
func (x *Exchange) Message(direction schema.Direction, body message.Body, at time.Time) bool {
	return x.queue.offer(Observation{Exchange: x, Kind: KindMessage, Direction: direction, Body: body, At: at})
}

// Offer is Message for a transport that has more messages at hand: passes blocks until it
// is known whether this one may pass.
func (x *Exchange) Offer(direction schema.Direction, body message.Body, at time.Time) (passes func() bool) {
	o := Observation{Exchange: x, Kind: KindMessage, Direction: direction, Body: body, At: at}
	if x.queue.config.Strict {
		return x.queue.offerStrict(o)
	}
	x.queue.offer(o)
	return pass
}

// Event records one server-sent event, and reports like Message.
func (x *Exchange) Event(e sse.Event, at time.Time) bool {
	return x.queue.offer(Observation{Exchange: x, Kind: KindServerEvent, Direction: schema.ServerToClient,
		Body: e.Data, SSE: &SSEFields{e.ID, e.Name}, At: at})
}

// Response records the head of the answer, and reports like Message.
func (x *Exchange) Response(status int, header http.Header, at time.Time) bool {
	return x.queue.offer(Observation{Exchange: x, Kind: KindResponse, At: at,
		Status: status, Headers: headersOf(answerHeaders, header, x.queue.config.Key)})
}

// Stderr records one line that the process wrote to its standard error.
func (x *Exchange) Stderr(line message.Body, at time.Time) bool {
	return x.queue.offer(Observation{Exchange: x, Kind: KindStderr, Body: line, At: at})
}

// End records how an HTTP exchange ended. Nothing may follow it.
func (x *Exchange) End(end End, at time.Time) {
	x.queue.offer(Observation{Exchange: x, Kind: KindEnd, End: end, At: at})
}

// Exit records how the process ended, and closes its session.
func (x *Exchange) Exit(exit Exit, at time.Time) {
	x.queue.offer(Observation{Exchange: x, Kind: KindEnd, Exit: &exit, At: at})
}

// Finish closes all sessions for a reason of the transport's: a transcript that is
// read to its end.
func (q *Queue) Finish(reason string, at time.Time) {
	q.enqueue(Observation{Kind: KindFinish, End: End(reason), At: at})
}

// Skip records that the transport could not read something of that many bytes. It is not
// known whose it was: every session that is open, or the first one to open, gets a gap.
func (q *Queue) Skip(bytes uint64, at time.Time) {
	q.enqueue(Observation{Kind: KindSkip, Body: message.Body{Size: bytes}, At: at})
}
