package schema

// Kind is what an event is.
type Kind string

const (
	KindRequest      Kind = "request"
	KindAnswer       Kind = "answer"
	KindNotification Kind = "notification"
	// KindOpen and KindClose bound a session as the collector saw it.
	KindOpen  Kind = "open"
	KindClose Kind = "close"
	KindGap   Kind = "gap"
	// KindAuth is a challenge: a 401, or a 403 that says what it asks for.
	KindAuth   Kind = "auth"
	KindStderr Kind = "stderr"
	// KindNoise is what is not JSON-RPC where JSON-RPC should be.
	KindNoise Kind = "noise"
	// KindHTTP is a fact of HTTP that no JSON-RPC message carries: an accepted
	// notification, an opened or ended stream, a hang-up, an error page.
	KindHTTP Kind = "http"
	// KindCollector is a fact about the collector itself, in its epoch's session of
	// [BasisCollector]: it started, stopped, paused, resumed, or took another policy.
	// Payload is {"what": one of these words, …}.
	KindCollector Kind = "collector"
)

// Direction of a message.
type Direction string

const (
	ClientToServer Direction = "client_to_server"
	ServerToClient Direction = "server_to_client"
)

// Opposite returns the other direction, and itself for none.
func (d Direction) Opposite() Direction {
	switch d {
	case ClientToServer:
		return ServerToClient
	case ServerToClient:
		return ClientToServer
	}
	return d
}

// Outcome is how an exchange ended.
type Outcome string

const (
	OutcomeOK Outcome = "ok"
	// OutcomeToolError is isError inside a successful answer.
	OutcomeToolError Outcome = "tool_error"
	// OutcomeProtocolError is a JSON-RPC error.
	OutcomeProtocolError Outcome = "protocol_error"
	// OutcomeInputRequired ends a round, not the operation.
	OutcomeInputRequired Outcome = "input_required"
	// OutcomeTask says that a task was created and goes on.
	OutcomeTask Outcome = "task"
	// OutcomeAccepted is HTTP 202 for a notification or an answer.
	OutcomeAccepted         Outcome = "accepted"
	OutcomeCancelled        Outcome = "cancelled"
	OutcomeClientDisconnect Outcome = "client_disconnect"
	OutcomeServerDisconnect Outcome = "server_disconnect"
	OutcomeUnanswered       Outcome = "unanswered"
	// OutcomeUnauthorized and OutcomeForbidden are HTTP 401 and 403.
	OutcomeUnauthorized Outcome = "unauthorized"
	OutcomeForbidden    Outcome = "forbidden"
	// OutcomeHTTPError is any other HTTP status of 400 and above without a
	// JSON-RPC body.
	OutcomeHTTPError      Outcome = "http_error"
	OutcomeTransportError Outcome = "transport_error"
)

// Basis is what made a run of events a session, strongest first.
type Basis string

const (
	BasisStdio        Basis = "stdio"
	BasisSSE          Basis = "sse_stream"
	BasisMCPSessionID Basis = "mcp_session_id"
	// BasisPrincipal is principal, client and upstream until an idle gap.
	BasisPrincipal Basis = "principal"
	// BasisCollector is the one session of an epoch for what the collector states
	// about itself; no traffic is in it, so lists of sessions leave it out.
	BasisCollector Basis = "collector"
)

// Transport that carried a session.
type Transport string

const (
	TransportStdio Transport = "stdio"
	TransportHTTP  Transport = "streamable_http"
	TransportSSE   Transport = "http_sse"
)

// Clock is how far the wall clock can be believed.
type Clock string

const (
	ClockUnknown Clock = ""
	// ClockHost is the host's clock as it stood.
	ClockHost Clock = "host"
	// ClockImported is a time that came with an imported transcript.
	ClockImported Clock = "imported"
	// ClockStepped marks the first event after wall and monotonic time parted by
	// more than a second.
	ClockStepped Clock = "stepped"
)

// Flag is a set of qualifications of an event.
type Flag uint64

const (
	// FlagReplay: this message had crossed before (same SSE id, same session).
	FlagReplay Flag = 1 << iota
	// FlagAmbiguous: two parsers may read this message differently (duplicate
	// names, invalid UTF-8, wrong types in the envelope), or its caller or session
	// (several lines of a credential, a claim twice). The bytes are the truth.
	FlagAmbiguous
	// FlagTruncated: Payload is the beginning of a longer message.
	FlagTruncated
	// FlagWithheld: the body was not stored at all; Size and Commitment were.
	FlagWithheld
	// FlagIDMismatch: the answer matched its request only by changing the id's
	// type or by the HTTP exchange alone.
	FlagIDMismatch
	// FlagBatch: the message was an element of a JSON-RPC batch.
	FlagBatch
	// FlagUnmatched: an answer to no request that the collector knows.
	FlagUnmatched
	// FlagLate: an answer that came after its request had been cancelled.
	FlagLate
	// FlagHeaderMismatch: Mcp-Method or Mcp-Name differ from the body.
	FlagHeaderMismatch
	// FlagInvalid: a JSON value that is no JSON-RPC message.
	FlagInvalid
	// FlagExempt: the message came in an exchange of a sort that is otherwise exempt
	// from the record: OAuth, its metadata, CORS.
	FlagExempt
	// FlagUnreadable: the message is no JSON text, or in a charset that nothing here
	// decodes, and a server could read it all the same. Method, id and target are what a
	// lenient reader may find.
	FlagUnreadable
)

// flagNames are in bit order.
var flagNames = [...]string{"replay", "ambiguous", "truncated", "withheld", "id_mismatch",
	"batch", "unmatched", "late", "header_mismatch", "invalid", "exempt", "unreadable"}

// Has reports whether all of g is set in f.
func (f Flag) Has(g Flag) bool { return f&g == g }

// Names lists the set flags in bit order, never nil.
func (f Flag) Names() []string {
	names := []string{}
	for i, name := range flagNames {
		if f&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}
