package schema

import (
	"crypto/sha256"

	"github.com/google/uuid"
)

// Version is the version that collectors write. It is the first element of every
// encoded event. New fields are appended under a new version, and an event of an
// older one keeps its own encoding for ever: its hash is sealed.
const Version = 2

// Hash is a SHA-256. The zero value means "none".
type Hash [sha256.Size]byte

// Event is one message that crossed a collector in one direction, or one fact
// the collector itself states. The groups follow the order of the encoding.
type Event struct {
	// Version chooses the encoding. An event keeps the version that it was recorded under
	// and has no value in a field of a later one. 0 is invalid: who makes an event sets
	// it to [Version].
	Version uint8
	// Tenant owns the event; nobody reads across tenants. Never empty.
	Tenant string
	// CollectorID names the collector's installation, stable over restarts.
	CollectorID string
	// Epoch is one process run of the collector, a UUIDv7.
	Epoch uuid.UUID
	// CollectorSeq numbers the events of an epoch from 0 without holes, over all
	// sessions: a whole session that vanished leaves a hole here. Messages that
	// were lost before they became events take no number.
	CollectorSeq uint64
	// SessionID is a UUIDv7 that the collector chose.
	SessionID uuid.UUID
	// Seq numbers a session in capture order, from 0. It orders the timeline; Time
	// does not, since clocks step. A number that no event carries is named by the
	// range of a [Gap] in the same session, or something is missing.
	Seq uint64
	// Prev is the Hash of the session's previous event, zero for the first.
	Prev Hash
	// Basis says what made this run of events a session.
	Basis Basis

	// Time is the wall clock when the first byte of the message was read, in
	// nanoseconds since 1970 UTC. Never negative.
	Time int64
	// Mono is the monotonic time since the session's first event, in nanoseconds.
	// Durations come from it.
	Mono int64
	// Clock says how far Time can be believed.
	Clock Clock

	// Kind says which of the fields below can be set.
	Kind Kind
	// Direction is empty for a fact that the collector itself states.
	Direction Direction
	// Method of the message; on an answer, of the request it answers.
	Method string
	// RPCID is the JSON-RPC id as text with its type: "n:1", "s:abc", "null", or
	// empty where the message carries none. Ids are neither unique nor stable.
	RPCID string
	// Target is the tool or prompt name or the resource URI of a request, and on
	// an answer that of its request.
	Target string
	// Outcome of an exchange, on the event that ends it; empty elsewhere.
	Outcome Outcome
	// ErrorCode is the JSON-RPC error code, meaningful where, and only where,
	// Outcome is OutcomeProtocolError.
	ErrorCode int64
	// HTTPStatus is the status of the HTTP answer that carried the message, 0 on
	// stdio and on requests.
	HTTPStatus uint16
	// Flags qualify the record.
	Flags Flag

	// Exchange numbers the HTTP exchanges of a session from 1; 0 on stdio.
	Exchange uint64
	// RequestSeq is the Seq of the request that an answer answers, or that an
	// http, auth or cancellation event ends; 0 is none (the first event of a
	// session is never a request).
	RequestSeq uint64
	// Duration is the time from that request to this event, in nanoseconds.
	Duration int64
	// Operation groups the requests of one operation, as far as the collector
	// could see it. Empty where the operation is the exchange. Reserved: no collector
	// sets it; readers find operations anew.
	Operation string
	// ProgressToken as text with its type, like RPCID.
	ProgressToken string
	// TaskID of the MCP task that the message names.
	TaskID string
	// RequestState is a keyed hash of the opaque state echoed between rounds.
	RequestState Hash
	// SSEID is a keyed hash of the id of the server-sent event that carried the
	// message. The same id twice in one session is a replay.
	SSEID Hash
	// TraceID and SpanID come from traceparent; empty where there was none.
	TraceID string
	SpanID  string
	// Keys are the correlation keys found on this message.
	Keys []Key

	// Principal is who acted, from the credential.
	Principal Principal
	// Scopes that the credential granted, or, on an auth event, that the
	// challenge required.
	Scopes []string
	// Claimed identity: what the peers said of themselves, never proof.
	ClientName    string
	ClientVersion string
	ServerName    string
	ServerVersion string
	// ProtocolVersion is the MCP revision, "2025-11-25" for example.
	ProtocolVersion string
	// Transport that carried the session.
	Transport Transport
	// Upstream is the configured name of the server that the collector stands
	// before.
	Upstream string
	// Peer is the client's network address without its port; empty on stdio.
	Peer string

	// Payload is the message after redaction, at most [MaxPayload] bytes. For a
	// fact that the collector states it is a small JSON object.
	Payload []byte
	// Size is the length of the original message in bytes.
	Size uint64
	// Commitment is a keyed hash of the original bytes, zero where none was made.
	Commitment Hash
	// Redactions say what was taken out of Payload.
	Redactions []Redaction
	// Policy is the hash of the capture policy in force, zero where none was.
	Policy Hash

	// Gap is set where, and only where, Kind is KindGap.
	Gap *Gap

	// Delegation is the chain of the token's act claims (RFC 8693), the outermost actor
	// first: who acts in whose place. Principal is the subject of the token. At most
	// [MaxDelegation]; empty where the token names no actor. Since version 2; reserved:
	// no collector sets it.
	Delegation []Party
	// Token is what the credential says of itself besides who acts. Since version 2;
	// reserved: no collector sets it.
	Token Token
	// Charset is the encoding under which the payload has to be read where that is not
	// UTF-8, in lower case: "utf-16le". Payload holds the bytes as they came; an element of
	// a batch, or a text out of which something was cut, is encoded anew. Since version 2.
	Charset string
	// Waited is how long the traffic waited for capacity of the record before this
	// message passed (backpressure), in nanoseconds; 0 where it did not wait. Since
	// version 2.
	Waited int64
	// Refusal is the id of the containment or policy entry for which the collector
	// refused the message, which then did not pass; empty where it passed. Since version
	// 2; reserved: no collector sets it.
	Refusal string
	// BodyKey is the id of the data key under which Payload is encrypted; empty where
	// Payload is plain. Since version 2; reserved: no collector sets it.
	BodyKey string
}

// Key is something that can join sessions: its configured name, its value (a
// keyed hash where the value is a credential) and where it was seen.
type Key struct {
	// Name that the configuration gives it, "openai/session".
	Name string
	// Value as it was sent, or a keyed hash of it.
	Value string
	// Where is one of connection, header, meta, baggage, env, params, result, url.
	Where string
}

// Principal is who acted. The zero value is nobody known.
type Principal struct {
	// Issuer, Subject and ClientID come from the token; on stdio they are the
	// host name and the OS user.
	Issuer   string
	Subject  string
	ClientID string
	// Fingerprint is a keyed hash of the credential with its scheme in front,
	// "Bearer:9f…", so that two uses of one opaque token can be joined.
	Fingerprint string
	// Verified is true only if the token's signature was checked. Reserved: no
	// collector checks signatures, so it is false.
	Verified bool
	// Name is what names the person where there is no Subject: the claim and its value,
	// "email:ada@example.org"; empty where Subject is set or nothing names anybody. Since
	// version 2.
	Name string
	// Credentials are the further credentials of the request, at most
	// [MaxCredentials]: where there are more, the last one, of the name "*", is of all of
	// the rest. Where a principal is read from more than one, all of them. Since version 2.
	Credentials []Credential
}

// Credential is one credential beside the one that Principal is read from: a key
// header, a cookie, a query parameter.
type Credential struct {
	// Where is one of header, cookie, query; Name is the name of it there, in lower
	// case for a header.
	Where string
	Name  string
	// Fingerprint is a keyed hash of the value, so that two uses can be joined.
	Fingerprint string
}

// Party is one actor of a chain of delegation, as the token names it.
type Party struct {
	// Issuer, Subject and ClientID are the claims iss, sub and client_id of the actor;
	// empty where it has none.
	Issuer   string
	Subject  string
	ClientID string
}

// Token is what a credential says of itself. Nothing of it is verified.
type Token struct {
	// Audience that the token is for, at most [MaxAudience].
	Audience []string
	// ID is a keyed hash of the token's jti claim; empty where there is none.
	ID string
	// IssuedAt and ExpiresAt are nanoseconds since 1970 UTC, 0 where the token does not
	// say. They can be negative: a peer chose them.
	IssuedAt  int64
	ExpiresAt int64
	// Binding ties the token to a key of its bearer: "dpop:" and the jkt, "mtls:" and
	// the x5t#S256; empty for one that whoever has it can use.
	Binding string
}

// Redaction is one cut: where (a JSON pointer into Payload), by which rule, how
// many bytes, and the token that stands there now.
type Redaction struct {
	// Pointer is a JSON pointer into Payload, empty for the whole.
	Pointer string `json:"pointer"`
	// Rule that cut it.
	Rule string `json:"rule"`
	// Length of what was cut, in bytes.
	Length uint64 `json:"length"`
	// Token stands there now; empty for null.
	Token string `json:"token"`
	// Sealed is the value that was cut, encrypted to recipients outside of the record;
	// empty where it was not kept. All of an event and its Payload have at most
	// [MaxPayload] bytes. Since version 2; reserved: no collector sets it.
	Sealed []byte `json:"sealed,omitempty"`
}

// Gap says that messages of this session passed and were not recorded. It has one of
// two shapes.
//
// Exact: Count is To-From+1, the messages took the numbers From to To inclusive, and
// the gap event has a number of its own behind them; only the [Event.Placeholder] of an
// event that was numbered and then lost has the number From itself.
//
// Bounded, since version 2: nobody counted. Count is 0 and no number was taken, so the
// range is empty: From is the number of the gap event and To the one before it. What
// was lost passed between those two events, at most AtMost messages within Window.
//
// In both shapes To-From+1 is the count of numbers without an event.
type Gap struct {
	// From and To are the first and the last number that no event has.
	From uint64
	To   uint64
	// Count of messages lost, 0 where only bounds are known.
	Count uint64
	// Bytes of those messages on the wire, as far as counted.
	Bytes uint64
	// Reason is a short word: queue_full, refused by the next stage, unreadable, killed.
	Reason string
	// AtMost is how many messages can be missing where Count is 0, itself 0 where there
	// is no bound; 0 in an exact gap. Since version 2.
	AtMost uint64
	// Window is the time before the gap event in which they passed, in nanoseconds; 0
	// where it is not known. Since version 2.
	Window int64
}

// Placeholder reports whether e is a gap event that stands in the place of an event
// that had been numbered and was lost before it was stored. Unlike other gap events it
// has the number From, so nothing links to it.
func (e *Event) Placeholder() bool {
	return e.Gap != nil && e.Gap.From == e.Seq && e.Gap.To >= e.Gap.From
}
