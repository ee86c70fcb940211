// Package jsonrpc reads the envelope of JSON-RPC messages as MCP uses them, and
// pairs answers with requests.
//
// The one rule: it reads and never writes. The bytes of a message are recorded as
// they came; what is found here is an index into them, and where two parsers could
// find different things the message says so.
package jsonrpc

import "github.com/mcptrail/mcptrail/schema"

// Message is what the envelope of one message says. Texts are copies; a field that
// the message does not have is zero.
type Message struct {
	// Kind is request, answer or notification; noise for a JSON value that is no
	// JSON-RPC message.
	Kind   schema.Kind
	Method string
	// ID as text with its type, see [schema.Event.RPCID]: "b:true" for what is a
	// boolean, and "h:" with a hash for what is long, an object or a list.
	ID string
	// Target is params.name, params.uri or params.ref.name or .uri.
	Target string

	// Failed says that the answer is a JSON-RPC error, with ErrorCode its code.
	Failed    bool
	ErrorCode int64
	// IsError is result.isError.
	IsError bool
	// ResultType is result.resultType: complete, input_required or task.
	ResultType string

	// ProgressToken of a request's _meta, or of a progress notification.
	ProgressToken string
	// CancelledID is params.requestId of a cancellation.
	CancelledID string
	TaskID      string
	// RequestState is the opaque state a server asks to have echoed. Hash it, do
	// not store it.
	RequestState    string
	ProtocolVersion string
	ClientName      string
	ClientVersion   string
	ServerName      string
	ServerVersion   string
	// Meta holds the text and number members of params._meta and result._meta,
	// at most maxMeta, in their order.
	Meta []Field

	// Ambiguous says that another parser may read this message differently.
	Ambiguous bool
}

// Field is one scalar member of a _meta object. A text longer than maxMetaText is
// left out: it can be no key.
type Field struct{ Name, Value string }

// Lookup returns the value of the _meta member with that name, empty if none.
func (m *Message) Lookup(name string) string {
	for _, f := range m.Meta {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// Outcome of the exchange that this answer ends; empty for other kinds.
func (m *Message) Outcome() schema.Outcome {
	switch {
	case m.Kind != schema.KindAnswer:
		return ""
	case m.Failed:
		return schema.OutcomeProtocolError
	case m.IsError:
		return schema.OutcomeToolError
	case m.ResultType == "input_required":
		return schema.OutcomeInputRequired
	case m.ResultType == "task":
		return schema.OutcomeTask
	}
	return schema.OutcomeOK
}

const (
	maxMeta     = 64
	maxMetaText = schema.MaxText
	// maxID is the longest id that is kept as it is.
	maxID = 256
)
