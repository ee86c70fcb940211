package schema

import (
	"slices"

	"github.com/google/uuid"
)

// fields are the fields of an event in the order of the encoding. It is the one list of
// them: encoding and decoding, limits, the columns of the table events, the names that a
// verifier gives to what was changed, and docs/event.md follow from it. The doc comment
// of a field stands at its declaration in [Event].
//
// To add a field: declare it in [Event] (or in one of its parts), append it here under a
// new version, which [Version] then is, and add its column in a migration. Tests name
// what is missing. Nothing here is ever moved, removed or changed in its type: the
// events out there are encoded so.
var fields = slices.Concat(
	since(1, groupPlace,
		text("tenant", MaxName, func(e *Event) *string { return &e.Tenant }),
		text("collector_id", MaxName, func(e *Event) *string { return &e.CollectorID }),
		id("epoch", func(e *Event) *uuid.UUID { return &e.Epoch }),
		number("collector_seq", func(e *Event) *uint64 { return &e.CollectorSeq }),
		id("session_id", func(e *Event) *uuid.UUID { return &e.SessionID }),
		number("seq", func(e *Event) *uint64 { return &e.Seq }),
		hash("prev", func(e *Event) *Hash { return &e.Prev }),
		text("basis", MaxName, func(e *Event) *string { return (*string)(&e.Basis) }),
	),
	since(1, groupTime,
		signed("time", func(e *Event) *int64 { return &e.Time }),
		signed("mono", func(e *Event) *int64 { return &e.Mono }),
		text("clock", MaxName, func(e *Event) *string { return (*string)(&e.Clock) }),
	),
	since(1, groupWhat,
		text("kind", MaxName, func(e *Event) *string { return (*string)(&e.Kind) }),
		text("direction", MaxName, func(e *Event) *string { return (*string)(&e.Direction) }),
		text("method", MaxText, func(e *Event) *string { return &e.Method }),
		text("rpc_id", MaxText, func(e *Event) *string { return &e.RPCID }),
		text("target", MaxText, func(e *Event) *string { return &e.Target }),
		text("outcome", MaxName, func(e *Event) *string { return (*string)(&e.Outcome) }),
		signed("error_code", func(e *Event) *int64 { return &e.ErrorCode }),
		number("http_status", func(e *Event) *uint16 { return &e.HTTPStatus }),
		number("flags", func(e *Event) *uint64 { return (*uint64)(&e.Flags) }),
	),
	since(1, groupLinks,
		number("exchange", func(e *Event) *uint64 { return &e.Exchange }),
		number("request_seq", func(e *Event) *uint64 { return &e.RequestSeq }),
		signed("duration", func(e *Event) *int64 { return &e.Duration }),
		text("operation", MaxText, func(e *Event) *string { return &e.Operation }),
		text("progress_token", MaxText, func(e *Event) *string { return &e.ProgressToken }),
		text("task_id", MaxText, func(e *Event) *string { return &e.TaskID }),
		hash("request_state", func(e *Event) *Hash { return &e.RequestState }),
		hash("sse_id", func(e *Event) *Hash { return &e.SSEID }),
		text("trace_id", MaxName, func(e *Event) *string { return &e.TraceID }),
		text("span_id", MaxName, func(e *Event) *string { return &e.SpanID }),
		list("keys", MaxKeys, func(e *Event) *[]Key { return &e.Keys }, since(1, "",
			text("keys.name", MaxName, func(k *Key) *string { return &k.Name }),
			text("keys.value", MaxText, func(k *Key) *string { return &k.Value }),
			text("keys.where", MaxName, func(k *Key) *string { return &k.Where }),
		)),
	),
	since(1, groupWho,
		text("principal_issuer", MaxText, func(e *Event) *string { return &e.Principal.Issuer }),
		text("principal_subject", MaxText, func(e *Event) *string { return &e.Principal.Subject }),
		text("principal_client_id", MaxText, func(e *Event) *string { return &e.Principal.ClientID }),
		text("principal_fingerprint", MaxName, func(e *Event) *string { return &e.Principal.Fingerprint }),
		truth("principal_verified", func(e *Event) *bool { return &e.Principal.Verified }),
		texts("scopes", MaxScopes, MaxName, func(e *Event) *[]string { return &e.Scopes }),
		text("client_name", MaxName, func(e *Event) *string { return &e.ClientName }),
		text("client_version", MaxName, func(e *Event) *string { return &e.ClientVersion }),
		text("server_name", MaxName, func(e *Event) *string { return &e.ServerName }),
		text("server_version", MaxName, func(e *Event) *string { return &e.ServerVersion }),
		text("protocol_version", MaxName, func(e *Event) *string { return &e.ProtocolVersion }),
		text("transport", MaxName, func(e *Event) *string { return (*string)(&e.Transport) }),
		text("upstream", MaxName, func(e *Event) *string { return &e.Upstream }),
		text("peer", MaxName, func(e *Event) *string { return &e.Peer }),
	),
	since(1, groupBody,
		blob("payload", MaxPayload, func(e *Event) *[]byte { return &e.Payload }),
		number("size", func(e *Event) *uint64 { return &e.Size }),
		hash("commitment", func(e *Event) *Hash { return &e.Commitment }),
		list("redactions", MaxRedactions, func(e *Event) *[]Redaction { return &e.Redactions }, slices.Concat(
			since(1, "",
				text("redactions.pointer", MaxText/4, func(r *Redaction) *string { return &r.Pointer }),
				text("redactions.rule", MaxName/4, func(r *Redaction) *string { return &r.Rule }),
				number("redactions.length", func(r *Redaction) *uint64 { return &r.Length }),
				text("redactions.token", MaxName/4, func(r *Redaction) *string { return &r.Token }),
			),
			since(2, "", blob("redactions.sealed", MaxPayload, func(r *Redaction) *[]byte { return &r.Sealed })),
		)),
		hash("policy", func(e *Event) *Hash { return &e.Policy }),
	),
	since(1, groupGap, gap(slices.Concat(
		since(1, "",
			number("gap_from", func(g *Gap) *uint64 { return &g.From }),
			number("gap_to", func(g *Gap) *uint64 { return &g.To }),
			number("gap_count", func(g *Gap) *uint64 { return &g.Count }),
			number("gap_bytes", func(g *Gap) *uint64 { return &g.Bytes }),
			text("gap_reason", MaxName, func(g *Gap) *string { return &g.Reason }),
		),
		since(2, "",
			number("gap_at_most", func(g *Gap) *uint64 { return &g.AtMost }),
			signed("gap_window", func(g *Gap) *int64 { return &g.Window }),
		),
	))),

	since(2, groupWho,
		text("principal_name", MaxText, func(e *Event) *string { return &e.Principal.Name }),
		list("credentials", MaxCredentials, func(e *Event) *[]Credential { return &e.Principal.Credentials }, since(1, "",
			text("credentials.where", MaxName, func(c *Credential) *string { return &c.Where }),
			text("credentials.name", MaxName, func(c *Credential) *string { return &c.Name }),
			text("credentials.fingerprint", MaxName, func(c *Credential) *string { return &c.Fingerprint }),
		)),
		list("delegation", MaxDelegation, func(e *Event) *[]Party { return &e.Delegation }, since(1, "",
			text("delegation.issuer", MaxText, func(p *Party) *string { return &p.Issuer }),
			text("delegation.subject", MaxText, func(p *Party) *string { return &p.Subject }),
			text("delegation.client_id", MaxText, func(p *Party) *string { return &p.ClientID }),
		)),
		texts("token_audience", MaxAudience, MaxText/4, func(e *Event) *[]string { return &e.Token.Audience }),
		text("token_id", MaxName, func(e *Event) *string { return &e.Token.ID }),
		signed("token_issued_at", func(e *Event) *int64 { return &e.Token.IssuedAt }),
		signed("token_expires_at", func(e *Event) *int64 { return &e.Token.ExpiresAt }),
		text("token_binding", MaxName, func(e *Event) *string { return &e.Token.Binding }),
	),
	since(2, groupBody, text("charset", MaxName, func(e *Event) *string { return &e.Charset })),
	since(2, groupTime, signed("waited", func(e *Event) *int64 { return &e.Waited })),
	since(2, groupWhat, text("refusal", MaxName, func(e *Event) *string { return &e.Refusal })),
	since(2, groupBody, text("body_key", MaxName, func(e *Event) *string { return &e.BodyKey })),
)

// fieldsOf are the fields that each version has.
var fieldsOf = byVersion(fields)

// Groups of fields, as docs/event.md has them.
const (
	groupPlace = "Where it stands"
	groupTime  = "When"
	groupWhat  = "What"
	groupLinks = "What it belongs to"
	groupWho   = "Who"
	groupBody  = "The message itself"
	groupGap   = "What was lost"
)
