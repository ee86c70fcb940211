// Package rows maps events to rows of the table events and back.
//
// The one rule: nothing is lost. An event that was appended to a [Block], stored
// and read with [Scan] has the same canonical bytes.
package rows

import (
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/schema"
)

// Place is what ingest adds to an event.
type Place = schema.Place

// row is an event as the columns see it. Its gap is always there.
type row struct {
	schema.Event
	gap schema.Gap
	Place
}

// columns are the columns of the table events, each with the field it holds: the only
// place that knows both, with rareColumns. A set belongs to one block or one scan.
func columns() []cell {
	return []cell{
		number("version", func(r *row) *uint8 { return &r.Version }),
		text("tenant", func(r *row) *string { return &r.Tenant }),
		text("collector_id", func(r *row) *string { return &r.CollectorID }),
		id("epoch", func(r *row) *uuid.UUID { return &r.Epoch }),
		number("collector_seq", func(r *row) *uint64 { return &r.CollectorSeq }),
		id("session_id", func(r *row) *uuid.UUID { return &r.SessionID }),
		number("seq", func(r *row) *uint64 { return &r.Seq }),
		hash("prev", func(r *row) *schema.Hash { return &r.Prev }),
		text("basis", func(r *row) *string { return (*string)(&r.Basis) }),

		moment("time", func(r *row) *int64 { return &r.Time }),
		number("mono", func(r *row) *int64 { return &r.Mono }),
		text("clock", func(r *row) *string { return (*string)(&r.Clock) }),

		text("kind", func(r *row) *string { return (*string)(&r.Kind) }),
		text("direction", func(r *row) *string { return (*string)(&r.Direction) }),
		text("method", func(r *row) *string { return &r.Method }),
		text("rpc_id", func(r *row) *string { return &r.RPCID }),
		text("target", func(r *row) *string { return &r.Target }),
		text("outcome", func(r *row) *string { return (*string)(&r.Outcome) }),
		number("error_code", func(r *row) *int64 { return &r.ErrorCode }),
		number("http_status", func(r *row) *uint16 { return &r.HTTPStatus }),
		number("flags", func(r *row) *uint64 { return (*uint64)(&r.Flags) }),

		number("exchange", func(r *row) *uint64 { return &r.Exchange }),
		number("request_seq", func(r *row) *uint64 { return &r.RequestSeq }),
		number("duration", func(r *row) *int64 { return &r.Duration }),
		text("operation", func(r *row) *string { return &r.Operation }),
		text("progress_token", func(r *row) *string { return &r.ProgressToken }),
		text("task_id", func(r *row) *string { return &r.TaskID }),
		hash("request_state", func(r *row) *schema.Hash { return &r.RequestState }),
		hash("sse_id", func(r *row) *schema.Hash { return &r.SSEID }),
		text("trace_id", func(r *row) *string { return &r.TraceID }),
		text("span_id", func(r *row) *string { return &r.SpanID }),
		list("keys.name", keys, func(k *schema.Key) *string { return &k.Name }),
		list("keys.value", keys, func(k *schema.Key) *string { return &k.Value }),
		list("keys.where", keys, func(k *schema.Key) *string { return &k.Where }),

		text("principal_issuer", func(r *row) *string { return &r.Principal.Issuer }),
		text("principal_subject", func(r *row) *string { return &r.Principal.Subject }),
		text("principal_client_id", func(r *row) *string { return &r.Principal.ClientID }),
		text("principal_fingerprint", func(r *row) *string { return &r.Principal.Fingerprint }),
		number("principal_verified", func(r *row) *bool { return &r.Principal.Verified }),
		list("scopes", func(r *row) *[]string { return &r.Scopes }, func(s *string) *string { return s }),
		text("client_name", func(r *row) *string { return &r.ClientName }),
		text("client_version", func(r *row) *string { return &r.ClientVersion }),
		text("server_name", func(r *row) *string { return &r.ServerName }),
		text("server_version", func(r *row) *string { return &r.ServerVersion }),
		text("protocol_version", func(r *row) *string { return &r.ProtocolVersion }),
		text("transport", func(r *row) *string { return (*string)(&r.Transport) }),
		text("upstream", func(r *row) *string { return &r.Upstream }),
		text("peer", func(r *row) *string { return &r.Peer }),

		blob("payload", func(r *row) *[]byte { return &r.Payload }),
		number("size", func(r *row) *uint64 { return &r.Size }),
		hash("commitment", func(r *row) *schema.Hash { return &r.Commitment }),
		list("redactions.pointer", redactions, func(c *schema.Redaction) *string { return &c.Pointer }),
		list("redactions.rule", redactions, func(c *schema.Redaction) *string { return &c.Rule }),
		list("redactions.length", redactions, func(c *schema.Redaction) *uint64 { return &c.Length }),
		list("redactions.token", redactions, func(c *schema.Redaction) *string { return &c.Token }),
		since(2, list("redactions.sealed", redactions, func(c *schema.Redaction) *[]byte { return &c.Sealed })),
		hash("policy", func(r *row) *schema.Hash { return &r.Policy }),

		number("gap_from", func(r *row) *uint64 { return &r.gap.From }),
		number("gap_to", func(r *row) *uint64 { return &r.gap.To }),
		number("gap_count", func(r *row) *uint64 { return &r.gap.Count }),
		number("gap_bytes", func(r *row) *uint64 { return &r.gap.Bytes }),
		text("gap_reason", func(r *row) *string { return &r.gap.Reason }),

		text("topic", func(r *row) *string { return &r.Topic }),
		number("kafka_partition", func(r *row) *int32 { return &r.Partition }),
		number("kafka_offset", func(r *row) *int64 { return &r.Offset }),
		hash("hash", func(r *row) *schema.Hash { return &r.Hash }),
		number("stored_at", func(r *row) *time.Time { return &r.StoredAt }),
		hash("place", func(r *row) *schema.Hash { return &r.Sum }),
	}
}

// rareColumns are the rest of them: few blocks have a value in any, and the others name
// none in their INSERT. With all of them in each block, adding a row took a third more
// CPU and the engine's part of the INSERT a sixth more.
func rareColumns() []cell {
	return []cell{
		since(2, text("principal_name", func(r *row) *string { return &r.Principal.Name })),
		since(2, list("credentials.where", credentials, func(c *schema.Credential) *string { return &c.Where })),
		since(2, list("credentials.name", credentials, func(c *schema.Credential) *string { return &c.Name })),
		since(2, list("credentials.fingerprint", credentials, func(c *schema.Credential) *string { return &c.Fingerprint })),
		since(2, list("delegation.issuer", delegation, func(p *schema.Party) *string { return &p.Issuer })),
		since(2, list("delegation.subject", delegation, func(p *schema.Party) *string { return &p.Subject })),
		since(2, list("delegation.client_id", delegation, func(p *schema.Party) *string { return &p.ClientID })),
		since(2, list("token_audience", func(r *row) *[]string { return &r.Token.Audience }, func(s *string) *string { return s })),
		since(2, text("token_id", func(r *row) *string { return &r.Token.ID })),
		since(2, number("token_issued_at", func(r *row) *int64 { return &r.Token.IssuedAt })),
		since(2, number("token_expires_at", func(r *row) *int64 { return &r.Token.ExpiresAt })),
		since(2, text("token_binding", func(r *row) *string { return &r.Token.Binding })),
		since(2, text("charset", func(r *row) *string { return &r.Charset })),
		since(2, number("waited", func(r *row) *int64 { return &r.Waited })),
		since(2, text("refusal", func(r *row) *string { return &r.Refusal })),
		since(2, text("body_key", func(r *row) *string { return &r.BodyKey })),
		since(2, number("gap_at_most", func(r *row) *uint64 { return &r.gap.AtMost })),
		since(2, number("gap_window", func(r *row) *int64 { return &r.gap.Window })),
	}
}

func keys(r *row) *[]schema.Key               { return &r.Keys }
func redactions(r *row) *[]schema.Redaction   { return &r.Redactions }
func credentials(r *row) *[]schema.Credential { return &r.Principal.Credentials }
func delegation(r *row) *[]schema.Party       { return &r.Delegation }
