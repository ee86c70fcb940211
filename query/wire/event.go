package wire

import (
	"encoding/hex"
	"encoding/json"
	"time"
	"unicode/utf8"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/charset"
)

// Event is one stored event, one line of the record. The fields up to Payload
// are the contract of `mcptrail events ID --json`.
type Event struct {
	Seq uint64 `json:"seq"`
	// Time is the wall clock when the message's first byte was read, in UTC.
	Time      time.Time        `json:"time"`
	Kind      schema.Kind      `json:"kind"`
	Direction schema.Direction `json:"direction"`
	Method    string           `json:"method"`
	RPCID     string           `json:"rpc_id"`
	Target    string           `json:"target"`
	Outcome   schema.Outcome   `json:"outcome"`
	// ErrorCode is null unless Outcome is protocol_error.
	ErrorCode *int64 `json:"error_code"`
	// RequestSeq is null where the event answers or ends no request.
	RequestSeq *uint64  `json:"request_seq"`
	Exchange   uint64   `json:"exchange"`
	Flags      []string `json:"flags"`
	// Payload is the message itself where it is JSON, else its text as a JSON
	// string; null where nothing was kept or bodies were not asked for. A message in
	// another charset is decoded.
	Payload json.RawMessage `json:"payload"`

	SessionID string `json:"session_id"`
	// MonoMS since the session's first event, and DurationMS since the request, in
	// milliseconds; the latter is null where RequestSeq is.
	MonoMS     float64  `json:"mono_ms"`
	DurationMS *float64 `json:"duration_ms"`
	HTTPStatus uint16   `json:"http_status"`
	// Size of the original message in bytes.
	Size uint64 `json:"size"`
	// PayloadBase64 holds the exact bytes where Payload, being UTF-8, cannot.
	PayloadBase64 []byte `json:"payload_base64,omitempty"`
	// Charset of the message, left out for UTF-8.
	Charset string `json:"charset,omitempty"`
	// WaitedMS is how long it waited for capacity of the record before it passed, in
	// milliseconds.
	WaitedMS float64 `json:"waited_ms,omitempty"`
	// Refusal is the id of the entry for which the collector refused the message.
	Refusal string `json:"refusal,omitempty"`
	// BodyKey is the id of the key under which the payload is encrypted.
	BodyKey       string      `json:"body_key,omitempty"`
	CollectorID   string      `json:"collector_id"`
	CollectorSeq  uint64      `json:"collector_seq"`
	Operation     string      `json:"operation,omitempty"`
	ProgressToken string      `json:"progress_token,omitempty"`
	TaskID        string      `json:"task_id,omitempty"`
	TraceID       string      `json:"trace_id,omitempty"`
	Keys          []query.Key `json:"keys,omitempty"`
	Scopes        []string    `json:"scopes,omitempty"`
	Gap           *EventGap   `json:"gap,omitempty"`
	Redactions    []Redaction `json:"redactions,omitempty"`
	// Principal is who acted; left out where nothing is known.
	Principal *query.Principal `json:"principal,omitempty"`
	// PrincipalName names the person where Principal has no subject: "email:ada@example.org".
	PrincipalName string `json:"principal_name,omitempty"`
	// Credentials are those beside the one of Principal.
	Credentials []Credential `json:"credentials,omitempty"`
	// Delegation is who acts in whose place, the outermost actor first.
	Delegation []Party `json:"delegation,omitempty"`
	// Token is what the credential says of itself, not verified.
	Token *Token `json:"token,omitempty"`
	// Commitment to the original bytes, in hexadecimal: who has them and its opening
	// can prove that they are what was seen. Left out where none was made.
	Commitment string `json:"commitment,omitempty"`
	// Policy is the hash of the capture policy in force, in hexadecimal.
	Policy string `json:"policy,omitempty"`
}

// Credential is one that came with a request beside the principal's, as a fingerprint.
type Credential struct {
	// Where is one of header, cookie, query.
	Where       string `json:"where"`
	Name        string `json:"name"`
	Fingerprint string `json:"fingerprint"`
}

// Party is one actor of a chain of delegation.
type Party struct {
	Issuer   string `json:"issuer"`
	Subject  string `json:"subject"`
	ClientID string `json:"client_id"`
}

// Token is what a credential says of itself. What it does not say is left out.
type Token struct {
	Audience  []string   `json:"audience,omitempty"`
	ID        string     `json:"id,omitempty"`
	IssuedAt  *time.Time `json:"issued_at,omitempty"`
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
	Binding   string     `json:"binding,omitempty"`
}

// EventGap is what a gap event states. Where nobody counted, Count is 0 and AtMost and
// WindowMS are the bounds that are known.
type EventGap struct {
	FromSeq uint64 `json:"from_seq"`
	ToSeq   uint64 `json:"to_seq"`
	Count   uint64 `json:"count"`
	Bytes   uint64 `json:"bytes"`
	Reason  string `json:"reason"`
	// AtMost messages passed within WindowMS milliseconds before the event.
	AtMost   uint64  `json:"at_most,omitempty"`
	WindowMS float64 `json:"window_ms,omitempty"`
}

// Redaction is one cut in the payload. Where the flags say withheld there is one, and
// its rule is the reason: "withheld-size".
type Redaction struct {
	// Pointer is a JSON pointer into the payload.
	Pointer string `json:"pointer"`
	Rule    string `json:"rule"`
	// Length of what was cut, in bytes.
	Length uint64 `json:"length"`
	// Token stands there now; empty for null.
	Token string `json:"token"`
	// Sealed is the value, encrypted to recipients outside of the record.
	Sealed []byte `json:"sealed,omitempty"`
}

// FromEvent gives an event its JSON shape. The result shares e's payload.
func FromEvent(e *schema.Event) Event {
	w := Event{
		Seq: e.Seq, Time: time.Unix(0, e.Time).UTC(), Kind: e.Kind, Direction: e.Direction, Method: e.Method,
		RPCID: e.RPCID, Target: e.Target, Outcome: e.Outcome, Exchange: e.Exchange, Flags: e.Flags.Names(),
		SessionID: e.SessionID.String(), MonoMS: milliseconds(e.Mono), HTTPStatus: e.HTTPStatus, Size: e.Size,
		CollectorID: e.CollectorID, CollectorSeq: e.CollectorSeq, Operation: e.Operation,
		ProgressToken: e.ProgressToken, TaskID: e.TaskID, TraceID: e.TraceID, Scopes: e.Scopes,
		Charset: e.Charset, WaitedMS: milliseconds(e.Waited), Refusal: e.Refusal, BodyKey: e.BodyKey,
		PrincipalName: e.Principal.Name, Token: tokenOf(&e.Token),
	}
	if e.Outcome == schema.OutcomeProtocolError {
		w.ErrorCode = &e.ErrorCode
	}
	if e.RequestSeq != 0 {
		duration := milliseconds(e.Duration)
		w.RequestSeq, w.DurationMS = &e.RequestSeq, &duration
	}
	for _, k := range e.Keys {
		w.Keys = append(w.Keys, query.Key(k))
	}
	for _, r := range e.Redactions {
		w.Redactions = append(w.Redactions, Redaction{Pointer: r.Pointer, Rule: r.Rule, Length: r.Length, Token: r.Token, Sealed: r.Sealed})
	}
	for _, c := range e.Principal.Credentials {
		w.Credentials = append(w.Credentials, Credential(c))
	}
	for _, p := range e.Delegation {
		w.Delegation = append(w.Delegation, Party(p))
	}
	if g := e.Gap; g != nil {
		w.Gap = &EventGap{FromSeq: g.From, ToSeq: g.To, Count: g.Count, Bytes: g.Bytes, Reason: g.Reason, AtMost: g.AtMost, WindowMS: milliseconds(g.Window)}
	}
	if p := query.PrincipalOf(&e.Principal); p != (query.Principal{}) {
		w.Principal = &p
	}
	w.Commitment, w.Policy = digits(e.Commitment), digits(e.Policy)
	w.setPayload(e.Payload)
	return w
}

// tokenOf is nil for a credential that says nothing of itself.
func tokenOf(t *schema.Token) *Token {
	w := &Token{Audience: t.Audience, ID: t.ID, Binding: t.Binding}
	for _, at := range []struct {
		ns int64
		to **time.Time
	}{{t.IssuedAt, &w.IssuedAt}, {t.ExpiresAt, &w.ExpiresAt}} {
		if at.ns != 0 {
			moment := time.Unix(0, at.ns).UTC()
			*at.to = &moment
		}
	}
	if len(w.Audience) == 0 && w.ID == "" && w.Binding == "" && w.IssuedAt == nil && w.ExpiresAt == nil {
		return nil
	}
	return w
}

// setPayload gives the payload its JSON shape, without a change of its bytes where it
// is JSON: numbers keep their digits, names their repetitions.
func (w *Event) setPayload(payload []byte) {
	text := charset.Text(w.Charset, payload)
	whole := utf8.Valid(text)
	switch {
	case len(payload) == 0:
		return
	case whole && json.Valid(text):
		w.Payload = text
	default:
		w.Payload, _ = json.Marshal(string(text)) // a string always has a JSON form
	}
	if !whole || w.Charset != "" {
		w.PayloadBase64 = payload
	}
}

// digits is a hash in hexadecimal, empty for none.
func digits(h schema.Hash) string {
	if h == (schema.Hash{}) {
		return ""
	}
	return hex.EncodeToString(h[:])
}

// milliseconds of nanoseconds, exact to some nanoseconds within a month.
func milliseconds(ns int64) float64 { return float64(ns) / float64(time.Millisecond) }
