package httpproxy

import (
	"errors"
	"io"
	"net/http"

	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/schema"
)

// errUnrecorded ends the sending of a request that may not pass, since the record has no
// capacity for it and the policy is to pass nothing unrecorded.
var errUnrecorded = errors.New("message cannot be recorded")

// errRefused ends the sending of a body that is beyond its bounds.
var errRefused = errors.New("body is beyond its bounds")

// tooLarge is the JSON-RPC error for a message that is refused for its length. What of it
// was read need not have its id.
// -32000 is the first code that JSON-RPC leaves to servers; its id is null where the
// request's is not known.
const tooLarge = `{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"mcptrail: this message was not passed on, because it is longer than what would be recorded of it (--max-body, --refuse-larger)."}}`

// refuse answers a request whose body is beyond its bounds, and records that.
func (e *exchange) refuse(status int) {
	answer, media := tooLarge, "application/json"
	if status == http.StatusRequestTimeout {
		e.proxy.Stats.SlowBodies.Add(1)
		answer, media = "The body of the request did not come in time (--body-timeout).\n", "text/plain; charset=utf-8"
	} else {
		e.proxy.Stats.RefusedBodies.Add(1)
	}
	e.upload.stop() // records what has come
	now := e.proxy.now()
	e.x.Response(status, http.Header{"Content-Type": {media}}, now)
	e.x.Message(schema.ServerToClient, message.Copy([]byte(answer), e.proxy.config.MaxBody), now)
	e.endRecord(observe.EndEOF)
	h := e.w.Header()
	h.Set("Connection", "close")
	h.Set("Content-Type", media)
	e.w.WriteHeader(status)
	_, _ = io.WriteString(e.w, answer) // a client that is gone needs no answer
}

// reject answers a request that was not passed on. Its answer is not recorded either,
// for the same reason; the queue counts such requests.
func (e *exchange) reject() {
	e.endRecord(observe.EndEOF)
	e.closeUnlessRead()
	if e.rejection == nil {
		e.rejection = observe.AnonymousRejection()
	}
	h := e.w.Header()
	h.Set("Content-Type", "application/json")
	// Seconds. Nothing was passed on, so the request may be sent again.
	h.Set("Retry-After", "5")
	e.w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = e.w.Write(e.rejection) // a client that is gone needs no answer
}
