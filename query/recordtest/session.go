package recordtest

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/schema"
)

// Tenant of all events made here.
const Tenant = "acme"

// Start is when the first session began.
var Start = time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)

// ID of the n-th session, whose last group is n.
func ID(n int) uuid.UUID {
	id := uuid.MustParse("0193a000-0000-7000-8000-000000000000")
	binary.BigEndian.PutUint32(id[12:], uint32(n))
	return id
}

// Session builds the events of a stdio session, numbered and chained.
type Session struct {
	// Base has the fields that all events share.
	Base   schema.Event
	Events []*schema.Event
	prev   schema.Hash
	mono   time.Duration
}

// NewSession begins the n-th session, n seconds after Start, with its open event
// and a handshake.
func NewSession(n int) *Session { return Begin(n, nil) }

// Begin is [NewSession] with a change to what all events share.
func Begin(n int, change func(*schema.Event)) *Session {
	s := &Session{Base: schema.Event{
		Version: schema.Version, Tenant: Tenant, CollectorID: "laptop-7", SessionID: ID(n), Basis: schema.BasisStdio, Clock: schema.ClockHost,
		Time: Start.Add(time.Duration(n) * time.Second).UnixNano(), Transport: schema.TransportStdio, Upstream: "files",
		ClientName: "inspector-cli", ClientVersion: "0.5.1", ServerName: "secure-filesystem-server", ServerVersion: "0.2.0",
		ProtocolVersion: "2025-11-25", Principal: schema.Principal{Issuer: "build-host", Subject: "ada"},
	}}
	if change != nil {
		change(&s.Base)
	}
	s.Add(schema.Event{Kind: schema.KindOpen, Payload: []byte(`{"command":["node","server.js"],"pid":12,"user":"ada"}`)})
	s.Call("initialize", "", `{"protocolVersion":"2025-11-25"}`, schema.OutcomeOK, `{"serverInfo":{"name":"secure-filesystem-server"}}`)
	s.Add(schema.Event{Kind: schema.KindNotification, Direction: schema.ClientToServer, Method: "notifications/initialized",
		Payload: []byte(`{"jsonrpc":"2.0","method":"notifications/initialized"}`)})
	return s
}

// Add appends an event a millisecond after the last one and returns it.
func (s *Session) Add(e schema.Event) *schema.Event {
	made := s.Base
	made.Seq, made.CollectorSeq, made.Prev = uint64(len(s.Events)), uint64(len(s.Events)), s.prev
	if n := len(s.Events); n > 0 {
		last := s.Events[n-1]
		made.Seq = last.Seq + 1
		if e.Gap != nil {
			made.Seq = e.Gap.To + 1
		}
	}
	made.Mono = int64(s.mono)
	made.Time += made.Mono
	s.mono += time.Millisecond
	made.Kind, made.Direction, made.Method, made.RPCID, made.Target = e.Kind, e.Direction, e.Method, e.RPCID, e.Target
	made.Outcome, made.ErrorCode, made.RequestSeq, made.Flags, made.Gap = e.Outcome, e.ErrorCode, e.RequestSeq, e.Flags, e.Gap
	made.Payload, made.Size = e.Payload, max(e.Size, uint64(len(e.Payload)))
	made.Redactions, made.Commitment = e.Redactions, e.Commitment
	if made.RequestSeq > 0 {
		made.Duration = int64(time.Millisecond)
	}
	s.prev = schema.LeafHash(made.Append(nil))
	s.Events = append(s.Events, &made)
	return &made
}

// Call appends a request and its answer. Params and result are JSON; the result
// of a protocol error is its message.
func (s *Session) Call(method, target, params string, outcome schema.Outcome, result string) {
	id := len(s.Events)
	request := s.Add(schema.Event{Kind: schema.KindRequest, Direction: schema.ClientToServer, Method: method, Target: target,
		RPCID:   fmt.Sprintf("n:%d", id),
		Payload: fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"method":%q,"params":%s}`, id, method, params)})
	answer := schema.Event{Kind: schema.KindAnswer, Direction: schema.ServerToClient, Method: method, Target: target,
		RPCID: request.RPCID, RequestSeq: request.Seq, Outcome: outcome,
		Payload: fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"result":%s}`, id, result)}
	if outcome == schema.OutcomeProtocolError {
		answer.ErrorCode = -32602
		answer.Payload = fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"error":{"code":-32602,"message":%s}}`, id, result)
	}
	s.Add(answer)
}

// ReadFile appends a tool call that reads a file with the given content.
func (s *Session) ReadFile(path, content string) {
	s.Call("tools/call", "read_file", `{"name":"read_file","arguments":{"path":`+quote(path)+`}}`,
		schema.OutcomeOK, `{"content":[{"type":"text","text":`+quote(content)+`}]}`)
}

// Close appends the close event.
func (s *Session) Close() *Session {
	s.Add(schema.Event{Kind: schema.KindClose, Payload: []byte(`{"reason":"exit","exit_code":0,"signal":""}`)})
	return s
}

func quote(s string) string {
	b, _ := json.Marshal(s) // a string always has a JSON form
	return string(b)
}
