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

// columns are all columns of the table events, each with the field it holds:
// the only place that knows both. A set belongs to one block or one scan.
func columns() []cell {
	return []cell{
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

func keys(r *row) *[]schema.Key             { return &r.Keys }
func redactions(r *row) *[]schema.Redaction { return &r.Redactions }
