package verify

import "github.com/mcptrail/mcptrail/schema"

// changed returns the column whose old value can be found: put in its place, it makes
// the event the one that was sealed. The old value of a column that is the same all
// over a session is that of the event before; of others it is not known.
func changed(e *schema.Event, want schema.Hash, from *schema.Event) string {
	var buf []byte
	for _, f := range fields {
		old := *e
		if from != nil {
			f.put(&old, from)
			buf = old.Append(buf[:0])
			if schema.LeafHash(buf) == want {
				return f.column
			}
		}
		old = *e
		f.put(&old, new(schema.Event))
		buf = old.Append(buf[:0])
		if schema.LeafHash(buf) == want {
			return f.column
		}
	}
	return ""
}

// fields are the columns whose old value may be that of the event before, or none.
var fields = []struct {
	column string
	put    func(e, from *schema.Event)
}{
	{"version", func(e, _ *schema.Event) { e.Version = 1 }},
	{"version", func(e, _ *schema.Event) { e.Version = 2 }},
	{"tenant", func(e, from *schema.Event) { e.Tenant = from.Tenant }},
	{"collector_id", func(e, from *schema.Event) { e.CollectorID = from.CollectorID }},
	{"session_id", func(e, from *schema.Event) { e.SessionID = from.SessionID }},
	{"seq", func(e, from *schema.Event) { e.Seq = from.Seq + 1 }},
	{"prev", func(e, from *schema.Event) { e.Prev = schema.LeafHash(from.Append(nil)) }},
	{"prev", func(e, _ *schema.Event) { e.Prev = schema.Hash{} }},
	{"basis", func(e, from *schema.Event) { e.Basis = from.Basis }},
	{"clock", func(e, from *schema.Event) { e.Clock = from.Clock }},
	{"kind", func(e, from *schema.Event) { e.Kind = from.Kind }},
	{"direction", func(e, from *schema.Event) { e.Direction = from.Direction.Opposite() }},
	{"direction", func(e, from *schema.Event) { e.Direction = from.Direction }},
	{"method", func(e, from *schema.Event) { e.Method = from.Method }},
	{"rpc_id", func(e, from *schema.Event) { e.RPCID = from.RPCID }},
	{"target", func(e, from *schema.Event) { e.Target = from.Target }},
	{"outcome", func(e, from *schema.Event) { e.Outcome = from.Outcome }},
	{"error_code", func(e, from *schema.Event) { e.ErrorCode = from.ErrorCode }},
	{"http_status", func(e, from *schema.Event) { e.HTTPStatus = from.HTTPStatus }},
	{"flags", func(e, from *schema.Event) { e.Flags = from.Flags }},
	{"exchange", func(e, from *schema.Event) { e.Exchange = from.Exchange }},
	{"request_seq", func(e, from *schema.Event) { e.RequestSeq = from.Seq }},
	{"request_seq", func(e, from *schema.Event) { e.RequestSeq = from.RequestSeq }},
	{"duration", func(e, from *schema.Event) { e.Duration = from.Duration }},
	{"operation", func(e, from *schema.Event) { e.Operation = from.Operation }},
	{"progress_token", func(e, from *schema.Event) { e.ProgressToken = from.ProgressToken }},
	{"task_id", func(e, from *schema.Event) { e.TaskID = from.TaskID }},
	{"request_state", func(e, from *schema.Event) { e.RequestState = from.RequestState }},
	{"sse_id", func(e, from *schema.Event) { e.SSEID = from.SSEID }},
	{"trace_id", func(e, from *schema.Event) { e.TraceID = from.TraceID }},
	{"span_id", func(e, from *schema.Event) { e.SpanID = from.SpanID }},
	{"keys", func(e, from *schema.Event) { e.Keys = from.Keys }},
	{"principal_issuer", func(e, from *schema.Event) { e.Principal.Issuer = from.Principal.Issuer }},
	{"principal_subject", func(e, from *schema.Event) { e.Principal.Subject = from.Principal.Subject }},
	{"principal_client_id", func(e, from *schema.Event) { e.Principal.ClientID = from.Principal.ClientID }},
	{"principal_fingerprint", func(e, from *schema.Event) { e.Principal.Fingerprint = from.Principal.Fingerprint }},
	{"principal_verified", func(e, from *schema.Event) { e.Principal.Verified = from.Principal.Verified }},
	{"scopes", func(e, from *schema.Event) { e.Scopes = from.Scopes }},
	{"client_name", func(e, from *schema.Event) { e.ClientName = from.ClientName }},
	{"client_version", func(e, from *schema.Event) { e.ClientVersion = from.ClientVersion }},
	{"server_name", func(e, from *schema.Event) { e.ServerName = from.ServerName }},
	{"server_version", func(e, from *schema.Event) { e.ServerVersion = from.ServerVersion }},
	{"protocol_version", func(e, from *schema.Event) { e.ProtocolVersion = from.ProtocolVersion }},
	{"transport", func(e, from *schema.Event) { e.Transport = from.Transport }},
	{"upstream", func(e, from *schema.Event) { e.Upstream = from.Upstream }},
	{"peer", func(e, from *schema.Event) { e.Peer = from.Peer }},
	{"size", func(e, _ *schema.Event) { e.Size = uint64(len(e.Payload)) }},
	{"commitment", func(e, from *schema.Event) { e.Commitment = from.Commitment }},
	{"redactions", func(e, from *schema.Event) { e.Redactions = from.Redactions }},
	{"policy", func(e, from *schema.Event) { e.Policy = from.Policy }},
	{"principal_name", func(e, from *schema.Event) { e.Principal.Name = from.Principal.Name }},
	{"credentials", func(e, from *schema.Event) { e.Principal.Credentials = from.Principal.Credentials }},
	{"delegation", func(e, from *schema.Event) { e.Delegation = from.Delegation }},
	{"token_audience", func(e, from *schema.Event) { e.Token.Audience = from.Token.Audience }},
	{"token_id", func(e, from *schema.Event) { e.Token.ID = from.Token.ID }},
	{"token_issued_at", func(e, from *schema.Event) { e.Token.IssuedAt = from.Token.IssuedAt }},
	{"token_expires_at", func(e, from *schema.Event) { e.Token.ExpiresAt = from.Token.ExpiresAt }},
	{"token_binding", func(e, from *schema.Event) { e.Token.Binding = from.Token.Binding }},
	{"charset", func(e, from *schema.Event) { e.Charset = from.Charset }},
	{"waited", func(e, from *schema.Event) { e.Waited = from.Waited }},
	{"refusal", func(e, from *schema.Event) { e.Refusal = from.Refusal }},
	{"body_key", func(e, from *schema.Event) { e.BodyKey = from.BodyKey }},
}
