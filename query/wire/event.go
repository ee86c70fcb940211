package wire

import (
	"encoding/hex"
	"encoding/json"
	"time"
	"unicode/utf8"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/schema"
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
	// string; null where nothing was kept or bodies were not asked for.
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
	PayloadBase64 []byte      `json:"payload_base64,omitempty"`
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
	// Commitment to the original bytes, in hexadecimal: who has them and its opening
	// can prove that they are what was seen. Left out where none was made.
	Commitment string `json:"commitment,omitempty"`
	// Policy is the hash of the capture policy in force, in hexadecimal.
	Policy string `json:"policy,omitempty"`
}

// EventGap is what a gap event states.
type EventGap struct {
	FromSeq uint64 `json:"from_seq"`
	ToSeq   uint64 `json:"to_seq"`
	Count   uint64 `json:"count"`
	Bytes   uint64 `json:"bytes"`
	Reason  string `json:"reason"`
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
}

// FromEvent gives an event its JSON shape. The result shares e's payload.
func FromEvent(e *schema.Event) Event {
	w := Event{
		Seq: e.Seq, Time: time.Unix(0, e.Time).UTC(), Kind: e.Kind, Direction: e.Direction, Method: e.Method,
		RPCID: e.RPCID, Target: e.Target, Outcome: e.Outcome, Exchange: e.Exchange, Flags: e.Flags.Names(),
		SessionID: e.SessionID.String(), MonoMS: milliseconds(e.Mono), HTTPStatus: e.HTTPStatus, Size: e.Size,
		CollectorID: e.CollectorID, CollectorSeq: e.CollectorSeq, Operation: e.Operation,
		ProgressToken: e.ProgressToken, TaskID: e.TaskID, TraceID: e.TraceID, Scopes: e.Scopes,
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
		w.Redactions = append(w.Redactions, Redaction{Pointer: r.Pointer, Rule: r.Rule, Length: r.Length, Token: r.Token})
	}
	if g := e.Gap; g != nil {
		w.Gap = &EventGap{FromSeq: g.From, ToSeq: g.To, Count: g.Count, Bytes: g.Bytes, Reason: g.Reason}
	}
	if p := query.PrincipalOf(&e.Principal); p != (query.Principal{}) {
		w.Principal = &p
	}
	w.Commitment, w.Policy = digits(e.Commitment), digits(e.Policy)
	w.setPayload(e.Payload)
	return w
}

// setPayload gives the payload its JSON shape, without a change of its bytes where it
// is JSON: numbers keep their digits, names their repetitions.
func (w *Event) setPayload(payload []byte) {
	whole := utf8.Valid(payload)
	switch {
	case len(payload) == 0:
	case whole && json.Valid(payload):
		w.Payload = payload
	default:
		w.Payload, _ = json.Marshal(string(payload)) // a string always has a JSON form
		if !whole {
			w.PayloadBase64 = payload
		}
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
