package httpproxy

import (
	"errors"
	"net/http"

	"github.com/mcptrail/mcptrail/collector/observe"
)

// errUnrecorded says that a message did not pass because the record has no room and
// nothing passes unrecorded.
var errUnrecorded = errors.New("message cannot be recorded")

// refuse answers a request that was not passed on. Nobody can record that either, but
// for the number of such requests.
func (e *exchange) refuse() {
	e.leave(observe.EndEOF)
	e.closeUnlessRead()
	if e.refusal == nil {
		e.refusal = observe.AnonymousRejection()
	}
	h := e.w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Retry-After", "5")
	e.w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = e.w.Write(e.refusal) // a client that is gone needs no answer
}
