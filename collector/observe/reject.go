package observe

import (
	"encoding/json"
	"strings"

	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/jsonrpc"
)

// rejectionCode is in the range that JSON-RPC leaves to implementations.
const rejectionCode = -32000

// RejectionText is the message of the error that stands for a message that was not
// passed on.
const RejectionText = "mcptrail: this message was not passed on, because the record has no room and this collector passes nothing unrecorded (--on-full=block). " +
	"On its host, mcptrail-collector status says what is wrong."

// Rejection returns the JSON-RPC error that stands for a message that was not passed
// on: the answer to a request, or what replaces an answer. It is nil for a message that
// nobody waits for.
func Rejection(text []byte) []byte {
	m, err := jsonrpc.Scan(text)
	if err != nil && !jsonrpc.IsBatch(text) {
		return nil
	}
	return rejectionTo(m, jsonrpc.IsBatch(text))
}

// RejectionOf is the Rejection of a message of which a part was kept.
func RejectionOf(body message.Body) []byte {
	if body.Envelope == nil {
		return Rejection(body.Data)
	}
	return rejectionTo(*body.Envelope, jsonrpc.IsBatch(body.Data))
}

// AnonymousRejection is the Rejection of a message whose id is not known.
func AnonymousRejection() []byte { return encodeRejection(json.RawMessage("null")) }

func rejectionTo(m jsonrpc.Message, batch bool) []byte {
	id := json.RawMessage("null")
	switch {
	case batch:
	case m.ID == "":
		return nil
	case strings.HasPrefix(m.ID, "n:"):
		id = json.RawMessage(m.ID[2:])
	case strings.HasPrefix(m.ID, "s:"):
		id, _ = json.Marshal(m.ID[2:]) // a string always encodes
	}
	return encodeRejection(id)
}

func encodeRejection(id json.RawMessage) []byte {
	type rpcError struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	b, err := json.Marshal(struct {
		Version string          `json:"jsonrpc"`
		ID      json.RawMessage `json:"id"`
		Error   rpcError        `json:"error"`
	}{"2.0", id, rpcError{rejectionCode, RejectionText}})
	if err != nil {
		panic("encoding a rejection: " + err.Error()) // the scanner has checked the id
	}
	return b
}

// IsRequest reports whether the sender of a message waits for its answer.
func IsRequest(text []byte) bool {
	m, err := jsonrpc.Scan(text)
	return err == nil && m.Kind == schema.KindRequest
}
