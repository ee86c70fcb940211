// Package schematest makes events for tests: ones with every field set, and
// arbitrary ones for property tests.
package schematest

import (
	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/schema"
	"pgregory.net/rapid"
)

// Full returns an event of the newest version in which every field differs from its
// zero value, but for the bound of a gap, see [Bounded]. It is the same at every call,
// so its bytes can be golden.
func Full() *schema.Event {
	e := FullV1()
	e.Version = 2
	e.Principal.Name = "email:ada@example.org"
	e.Principal.Credentials = []schema.Credential{{Where: "header", Name: "x-api-key", Fingerprint: "3a7bd3e2"}, {Where: "cookie", Name: "sid", Fingerprint: "60303ae2"}}
	e.Delegation = []schema.Party{{Issuer: "https://idp.example", Subject: "agent-3", ClientID: "cli-1"}, {Issuer: "https://idp.example", Subject: "gateway", ClientID: "gw-2"}}
	e.Token = schema.Token{Audience: []string{"https://files.example/mcp", "files"}, ID: "fd61a03a", IssuedAt: 1795354000000000000,
		ExpiresAt: 1795357600000000000, Binding: "dpop:0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}
	e.Charset, e.Waited, e.Refusal, e.BodyKey = "utf-16le", 40_000_000, "containment/7", "key-2026-11"
	e.Redactions[0].Sealed = []byte("age-encryption.org/v1\x00\xff")
	e.Gap.Window = 2_000_000_000
	return e
}

// Bounded returns an event like [Full] whose gap has bounds in place of a count.
func Bounded() *schema.Event {
	e := Full()
	e.Gap = &schema.Gap{From: e.Seq, To: e.Seq - 1, Bytes: 512, Reason: "killed", AtMost: 24, Window: 5_000_000}
	return e
}

// FullV1 returns an event of version 1 in which every field of that version differs
// from its zero value. Its bytes never change.
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

// Any draws a valid event with fields of every size that is cheap to draw.
func Any() *rapid.Generator[*schema.Event] {
	return rapid.Custom(func(t *rapid.T) *schema.Event {
		text := func(label string) string {
			return string(rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, label))
		}
		word := rapid.SampledFrom([]string{"", "a", "stdio", "tools/call", "ok", "日本", "x\x00y"})
		hash := func(label string) (h schema.Hash) {
			copy(h[:], rapid.SliceOfN(rapid.Byte(), 0, 32).Draw(t, label))
			return h
		}
		id := func(label string) (u uuid.UUID) {
			copy(u[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, label))
			return u
		}
		e := &schema.Event{
			Version: rapid.SampledFrom([]uint8{1, 2}).Draw(t, "version"), Tenant: rapid.StringN(1, 8, 32).Draw(t, "tenant"), CollectorID: text("collector"), Epoch: id("epoch"),
			CollectorSeq: rapid.Uint64().Draw(t, "cseq"), SessionID: id("session"), Seq: rapid.Uint64().Draw(t, "seq"),
			Prev: hash("prev"), Basis: schema.Basis(word.Draw(t, "basis")),
			Time: rapid.Int64Min(0).Draw(t, "time"), Mono: rapid.Int64().Draw(t, "mono"), Clock: schema.Clock(word.Draw(t, "clock")),
			Kind:      rapid.SampledFrom([]schema.Kind{schema.KindRequest, schema.KindAnswer, schema.KindStderr}).Draw(t, "kind"),
			Direction: schema.Direction(word.Draw(t, "direction")), Method: text("method"), RPCID: text("id"), Target: text("target"),
			Outcome: schema.Outcome(word.Draw(t, "outcome")), ErrorCode: rapid.Int64().Draw(t, "code"),
			HTTPStatus: rapid.Uint16().Draw(t, "status"), Flags: schema.Flag(rapid.Uint64().Draw(t, "flags")),
			Exchange: rapid.Uint64().Draw(t, "exchange"), RequestSeq: rapid.Uint64().Draw(t, "request"),
			Duration: rapid.Int64().Draw(t, "duration"), Operation: text("operation"), ProgressToken: text("progress"),
			TaskID: text("task"), RequestState: hash("state"), SSEID: hash("sse"), TraceID: text("trace"), SpanID: text("span"),
			Principal: schema.Principal{Issuer: text("iss"), Subject: text("sub"), ClientID: text("cid"),
				Fingerprint: text("fp"), Verified: rapid.Bool().Draw(t, "verified")},
			ClientName: text("cn"), ClientVersion: text("cv"), ServerName: text("sn"), ServerVersion: text("sv"),
			ProtocolVersion: word.Draw(t, "protocol"), Transport: schema.Transport(word.Draw(t, "transport")),
			Upstream: text("upstream"), Peer: text("peer"),
			Payload: rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "payload"), Size: rapid.Uint64().Draw(t, "size"),
			Commitment: hash("commitment"), Policy: hash("policy"),
		}
		for range rapid.IntRange(0, 3).Draw(t, "keys") {
			e.Keys = append(e.Keys, schema.Key{Name: text("k"), Value: text("v"), Where: text("w")})
		}
		for range rapid.IntRange(0, 3).Draw(t, "scopes") {
			e.Scopes = append(e.Scopes, text("scope"))
		}
		for range rapid.IntRange(0, 3).Draw(t, "redactions") {
			e.Redactions = append(e.Redactions, schema.Redaction{Pointer: text("p"), Rule: text("r"),
				Length: rapid.Uint64().Draw(t, "l"), Token: text("t")})
		}
		if e.Version >= 2 {
			secondVersion(t, e, text)
		}
		if rapid.Bool().Draw(t, "gap") {
			gap(t, e, text)
		}
		return e
	})
}

// secondVersion draws what version 2 has and version 1 has not, but for gaps.
func secondVersion(t *rapid.T, e *schema.Event, text func(string) string) {
	few := rapid.IntRange(0, 3)
	e.Principal.Name = text("name")
	for range few.Draw(t, "credentials") {
		e.Principal.Credentials = append(e.Principal.Credentials, schema.Credential{Where: text("w"), Name: text("n"), Fingerprint: text("f")})
	}
	for range few.Draw(t, "delegation") {
		e.Delegation = append(e.Delegation, schema.Party{Issuer: text("i"), Subject: text("s"), ClientID: text("c")})
	}
	for range few.Draw(t, "audience") {
		e.Token.Audience = append(e.Token.Audience, text("a"))
	}
	e.Token.ID, e.Token.Binding = text("jti"), text("binding")
	e.Token.IssuedAt, e.Token.ExpiresAt = rapid.Int64().Draw(t, "iat"), rapid.Int64().Draw(t, "exp")
	e.Charset, e.Waited, e.Refusal, e.BodyKey = text("charset"), rapid.Int64().Draw(t, "waited"), text("refusal"), text("key")
	for i := range e.Redactions {
		if sealed := text("sealed"); sealed != "" {
			e.Redactions[i].Sealed = []byte(sealed)
		}
	}
}

// gap makes e a gap event of a shape that its version has.
func gap(t *rapid.T, e *schema.Event, text func(string) string) {
	from := rapid.Uint64Max(1<<60).Draw(t, "from")
	g := &schema.Gap{From: from, To: from + rapid.Uint64Max(1<<30).Draw(t, "span"), Bytes: rapid.Uint64().Draw(t, "bytes"), Reason: text("reason")}
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
