package httpproxy

import (
	"errors"
	"net/http"

	"github.com/mcptrail/mcptrail/collector/observe"
)

// errUnrecorded ends the sending of a request that may not pass, since the record has no
// capacity for it and the policy is to pass nothing unrecorded.
var errUnrecorded = errors.New("message cannot be recorded")

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
	h.Set("Retry-After", "5")
	e.w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = e.w.Write(e.rejection) // a client that is gone needs no answer
}
