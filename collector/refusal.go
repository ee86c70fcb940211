package collector

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/jsonrpc"
)

// refusalCode is in the range that JSON-RPC leaves to implementations.
const refusalCode = -32000

// RefusalText is what a peer is told about a message that was not passed on.
const RefusalText = "mcptrail: this message was not passed on, because the record has no room and this collector passes nothing unrecorded (--on-full=block). " +
	"On its host, mcptrail-collector status says what is wrong."

// Refusal is the JSON-RPC error that stands for a message that was not passed on:
// the answer to a request, or what takes the place of an answer. It is nil for what
// nobody waits for.
func Refusal(text []byte) []byte {
	m, err := jsonrpc.Scan(text)
	if err != nil && !jsonrpc.IsBatch(text) {
		return nil
	}
	return refusalTo(m, jsonrpc.IsBatch(text))
}

// RefusalOf is the Refusal of a message of which a part was kept.
func RefusalOf(body message.Body) []byte {
	if body.Envelope == nil {
		return Refusal(body.Data)
	}
	return refusalTo(*body.Envelope, jsonrpc.IsBatch(body.Data))
}

func refusalTo(m jsonrpc.Message, batch bool) []byte {
	id := json.RawMessage("null")
	switch {
	case batch:
	case m.ID == "":
		return nil
	case strings.HasPrefix(m.ID, "n:"):
		id = json.RawMessage(m.ID[2:])
	case strings.HasPrefix(m.ID, "s:"):
		id = detail(m.ID[2:])
	}
	return refusalOf(id)
}

// NamelessRefusal is a Refusal of what cannot be named.
func NamelessRefusal() []byte { return refusalOf(json.RawMessage("null")) }

func refusalOf(id json.RawMessage) []byte {
	type rpcError struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	return detail(struct {
		Version string          `json:"jsonrpc"`
		ID      json.RawMessage `json:"id"`
		Error   rpcError        `json:"error"`
	}{"2.0", id, rpcError{refusalCode, RefusalText}})
}

const (
	// strictWait is how long a message waits for room before it is refused.
	strictWait = 2 * time.Second
	strictPoll = 5 * time.Millisecond
)

// offer hands a sighting to the record. Where nothing passes unrecorded, it waits for
// room, and reports at last that there is none.
func (r *Recorder) offer(s sighting) bool {
	if r.queue.offer(s) || !r.config.Strict {
		return true
	}
	for begun := time.Now(); !r.Refuses() && time.Since(begun) < strictWait; {
		<-time.After(strictPoll)
		if r.queue.offer(s) {
			return true
		}
	}
	r.queue.refuse()
	return false
}

// IsRequest reports whether somebody waits for the answer to a message.
func IsRequest(message []byte) bool {
	m, err := jsonrpc.Scan(message)
	return err == nil && m.Kind == schema.KindRequest
}
