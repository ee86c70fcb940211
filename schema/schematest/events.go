// Package schematest makes events for tests: ones with every field set, and
// arbitrary ones for property tests. It takes the fields from the schema's own list, so
// that a new one is in every test that uses them.
package schematest

import (
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/schema"
	"pgregory.net/rapid"
)

// Full returns an event of the newest version in which every field differs from its
// zero value, but for the bound of a gap, see [Bounded].
func Full() *schema.Event { return FullOf(schema.Version) }

// FullOf returns such an event of a version. It is the same at every call, so its bytes
// can be golden.
// Values are made from the columns' names, so that two that were mixed up differ.
func FullOf(version uint8) *schema.Event {
	e := FullV1()
	e.Version = version
	for _, c := range schema.Columns() {
		if c.Version > 1 && c.Version <= version && c.Name != "gap_at_most" {
			set(e, c)
		}
	}
	return e
}

// set gives a column a value that says its name.
// A type without a case panics: a new one must not go untested.
func set(e *schema.Event, c schema.Column) {
	switch at := c.Value.(type) {
	case func(*schema.Event) *string:
		*at(e) = c.Name
	case func(*schema.Event) *bool:
		*at(e) = true
	case func(*schema.Event) *uint16:
		*at(e) = uint16(len(c.Name))
	case func(*schema.Event) *uint64:
		*at(e) = uint64(1000 * len(c.Name))
	case func(*schema.Event) *int64:
		*at(e) = int64(1_000_000 * len(c.Name))
	case func(*schema.Event) *schema.Hash:
		*at(e) = schema.LeafHash([]byte(c.Name))
	case func(*schema.Event) *uuid.UUID:
		*at(e) = uuid.NewSHA1(uuid.Nil, []byte(c.Name))
	case func(*schema.Event) *[]byte:
		*at(e) = []byte(c.Name)
	case schema.Member[string]:
		fill(e, at, func(i int) string { return fmt.Sprint(c.Name, i) })
	case schema.Member[uint64]:
		fill(e, at, func(i int) uint64 { return uint64(1000 + i) })
	case schema.Member[[]byte]:
		fill(e, at, func(i int) []byte { return fmt.Append(nil, c.Name, i) })
	default:
		panic(fmt.Sprintf("no value for column %s, a %T", c.Name, c.Value))
	}
}

// fill sets a member of every element, of two where the list is empty.
// Two, so that a member of one element cannot pass for that of the other.
func fill[T any](e *schema.Event, m schema.Member[T], value func(int) T) {
	if m.Len(e) == 0 {
		m.Make(e, 2)
	}
	for i := range m.Len(e) {
		*m.At(e, i) = value(i)
	}
}

// Bounded returns an event like [FullOf] version 2 whose gap has bounds in place of a
// count.
// A gap has either a count or bounds, so no single event can have every field set. To lies
// one before From: nothing is known of the numbers.
func Bounded() *schema.Event {
	e := FullOf(2)
	e.Gap = &schema.Gap{From: e.Seq, To: e.Seq - 1, Bytes: 512, Reason: "killed", AtMost: 24, Window: 5_000_000}
	return e
}

// FullV1 returns an event of version 1 in which every field of that version differs
// from its zero value. Its bytes never change.
// It is written out and not made from the columns: a change of the list of fields must not
// change what the golden bytes are compared with.
func FullV1() *schema.Event {
	return &schema.Event{
		Version: 1, Tenant: "acme", CollectorID: "laptop-7", Epoch: uuid.MustParse("0193a000-0000-7000-8000-000000000001"),
		CollectorSeq: 41, SessionID: uuid.MustParse("0193a000-0000-7000-8000-000000000002"), Seq: 12,
		Prev: schema.Hash{1}, Basis: schema.BasisMCPSessionID,
		Time: 1795354487844105562, Mono: 12_400_000, Clock: schema.ClockHost,
		Kind: schema.KindGap, Direction: schema.ServerToClient, Method: "tools/call", RPCID: "n:7",
		Target: "read_file", Outcome: schema.OutcomeProtocolError, ErrorCode: -32602, HTTPStatus: 400,
		Flags: schema.FlagBatch | schema.FlagIDMismatch, Exchange: 3, RequestSeq: 9, Duration: 3_100_000,
		Operation: "op-1", ProgressToken: "s:p1", TaskID: "task-1", RequestState: schema.Hash{2}, SSEID: schema.Hash{3},
		TraceID: "4bf92f3577b34da6a3ce929d0e0e4736", SpanID: "00f067aa0ba902b7",
		Keys: []schema.Key{{Name: "openai/session", Value: "v1_abc", Where: "meta"}, {Name: "trace_id", Value: "4bf9", Where: "meta"}},
		Principal: schema.Principal{Issuer: "https://idp.example", Subject: "agent-3", ClientID: "cli-1",
			Fingerprint: "Bearer:9f86d081", Verified: true},
		Scopes:     []string{"mcp:read", "files:read"},
		ClientName: "inspector-cli", ClientVersion: "0.5.1", ServerName: "secure-filesystem-server", ServerVersion: "0.2.0",
		ProtocolVersion: "2025-11-25", Transport: schema.TransportHTTP, Upstream: "files", Peer: "127.0.0.1",
		Payload: []byte(`{"jsonrpc":"2.0","id":7,"error":{"code":-32602,"message":"no"}}`), Size: 63,
		Commitment: schema.Hash{4},
		Redactions: []schema.Redaction{{Pointer: "/error/data/password", Rule: "key-name", Length: 7, Token: "[mcptrail:key-name:5c1f]"}},
		Policy:     schema.Hash{5},
		Gap:        &schema.Gap{From: 7, To: 11, Count: 5, Bytes: 4096, Reason: "queue_full"},
	}
}

// Any draws a valid event of any version, with fields of every size that is cheap to
// draw.
// An event of an older version has zeros in all newer columns, as decoding gives.
func Any() *rapid.Generator[*schema.Event] {
	return rapid.Custom(func(t *rapid.T) *schema.Event {
		e := &schema.Event{Version: uint8(rapid.IntRange(1, schema.Version).Draw(t, "of version"))}
		for _, c := range schema.Columns() {
			if c.Name != "version" && c.Version <= e.Version && !strings.HasPrefix(c.Name, "gap_") {
				draw(t, e, c)
			}
		}
		// What follows replaces what no valid event has: an empty tenant, a negative time, a kind
		// that does not exist.
		e.Tenant = rapid.StringN(1, 8, 32).Draw(t, "a tenant")
		e.Time = rapid.Int64Min(0).Draw(t, "a time")
		e.Kind = rapid.SampledFrom([]schema.Kind{schema.KindRequest, schema.KindAnswer, schema.KindStderr}).Draw(t, "a kind")
		if rapid.Bool().Draw(t, "is a gap") {
			drawGap(t, e)
		}
		return e
	})
}

// draw draws a value of a column, the zero value among them.
func draw(t *rapid.T, e *schema.Event, c schema.Column) {
	switch at := c.Value.(type) {
	case func(*schema.Event) *string:
		*at(e) = text(t, c.Name)
	case func(*schema.Event) *bool:
		*at(e) = rapid.Bool().Draw(t, c.Name)
	case func(*schema.Event) *uint16:
		*at(e) = rapid.Uint16().Draw(t, c.Name)
	case func(*schema.Event) *uint64:
		*at(e) = rapid.Uint64().Draw(t, c.Name)
	case func(*schema.Event) *int64:
		*at(e) = rapid.Int64().Draw(t, c.Name)
	case func(*schema.Event) *schema.Hash:
		copy(at(e)[:], rapid.SliceOfN(rapid.Byte(), 0, 32).Draw(t, c.Name))
	case func(*schema.Event) *uuid.UUID:
		copy(at(e)[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, c.Name))
	case func(*schema.Event) *[]byte:
		*at(e) = drawBytes(t, c.Name)
	case schema.Member[string]:
		drawMembers(t, e, c, at, text)
	case schema.Member[uint64]:
		drawMembers(t, e, c, at, func(t *rapid.T, name string) uint64 { return rapid.Uint64().Draw(t, name) })
	case schema.Member[[]byte]:
		drawMembers(t, e, c, at, drawBytes)
	default:
		panic(fmt.Sprintf("no value for column %s, a %T", c.Name, c.Value))
	}
}

// text draws any bytes, or a word that comes often.
// Not only UTF-8: what servers and clients send is kept byte for byte.
func text(t *rapid.T, name string) string {
	return rapid.OneOf(
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 40), func(b []byte) string { return string(b) }),
		rapid.SampledFrom([]string{"", "stdio", "tools/call", "日本", "x\x00y"})).Draw(t, name)
}

// drawBytes draws nil for none, as decoding gives.
func drawBytes(t *rapid.T, name string) []byte {
	if b := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, name); len(b) > 0 {
		return b
	}
	return nil
}

// drawMembers draws the length of a list with its first member.
// Later members of the same list find its elements made, or draw again where it is empty.
func drawMembers[T any](t *rapid.T, e *schema.Event, c schema.Column, m schema.Member[T], value func(*rapid.T, string) T) {
	if m.Len(e) == 0 {
		if n := rapid.IntRange(0, 3).Draw(t, c.List); n > 0 {
			m.Make(e, n)
		}
	}
	for i := range m.Len(e) {
		*m.At(e, i) = value(t, c.Name)
	}
}

// drawGap makes e a gap event of a shape that its version has.
// Version 1 stores the count that it is given; from version 2 on the count follows from the
// two ends, or there are bounds in its place.
func drawGap(t *rapid.T, e *schema.Event) {
	from := rapid.Uint64Max(1<<60).Draw(t, "from")
	g := &schema.Gap{From: from, To: from + rapid.Uint64Max(1<<30).Draw(t, "span"), Bytes: rapid.Uint64().Draw(t, "bytes"), Reason: text(t, "reason")}
	e.Kind, e.Gap = schema.KindGap, g
	if e.Version == 1 {
		g.Count = rapid.Uint64().Draw(t, "count")
		return
	}
	g.Count, g.Window = g.To-g.From+1, rapid.Int64Min(0).Draw(t, "window")
	if e.Seq > 0 && rapid.Bool().Draw(t, "bounded") {
		g.From, g.To, g.Count, g.AtMost = e.Seq, e.Seq-1, 0, rapid.Uint64Min(1).Draw(t, "most")
	}
}
