package httpproxy

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/schema"
)

// exchange is one request on its way and back.
type exchange struct {
	proxy *Proxy
	w     http.ResponseWriter
	r     *http.Request
	to    route
	// header is what goes to the upstream.
	header http.Header
	// x is nil where no upstream has the path: then nothing passes.
	x     *observe.Exchange
	began time.Time

	// upload is nil where the whole body came at once.
	upload *upload

	// mu guards w's header between an informational answer, which the transport
	// passes, and the final one; it is held for one write.
	mu       sync.Mutex
	answered bool
	// connected is set once there is a connection to the upstream.
	connected bool
	// rejection is the error for a client whose message could not be recorded; nil where
	// nothing that was read of it has an id.
	rejection []byte
	// endless is set where the answer is an event stream that the client opened with GET:
	// the end of the proxy ends it at once.
	endless bool
}

// pass sends the request on and its answer back.
//
// It panics with http.ErrAbortHandler where the answer is cut: the client must not take a
// part of it for the whole.
func (e *exchange) pass() {
	response, err := e.send()
	e.mu.Lock()
	e.answered = true
	e.mu.Unlock()
	// hopByHop removed the offer, and a tunnel would pass the record.
	if err == nil && response.StatusCode == http.StatusSwitchingProtocols {
		response.Body.Close()
		err = errors.New("upstream switched protocols unasked")
	}
	if err != nil {
		e.noAnswer(err)
		return
	}
	end := e.respond(response)
	response.Body.Close()
	e.endRecord(end)
	if end != observe.EndEOF {
		panic(http.ErrAbortHandler) // cuts the client's connection
	}
}

// noAnswer ends an exchange to which the upstream gave no answer.
//
// The order is that of causes: what we refused ourselves and what the client did also make
// the sending fail.
func (e *exchange) noAnswer(err error) {
	status := e.upload.refusal()
	switch _, broken := e.upload.state(); {
	case status != 0:
		e.refuse(status)
		return
	case errors.Is(err, errUnrecorded):
		if e.rejection == nil {
			e.rejection = e.upload.rejection()
		}
		e.reject()
		return
	case broken, e.r.Context().Err() != nil:
		e.endRecord(observe.EndClient)
	case e.connected && hungUp(err):
		e.endRecord(observe.EndServer)
	default:
		e.endRecord(observe.EndTransport)
		e.writeError(http.StatusBadGateway, fmt.Sprintf("Upstream %s: %s.", e.to.name, cause(err)))
		return
	}
	panic(http.ErrAbortHandler)
}

// hungUp reports whether the upstream closed its connection; otherwise it spoke no HTTP.
func hungUp(err error) bool {
	var op *net.OpError
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &op) ||
		strings.Contains(err.Error(), "server closed idle connection") // net/http does not export it
}

// cause describes a failure to a client, without any address but the name it used.
func cause(err error) string {
	var dns *net.DNSError
	var op *net.OpError
	var cert *tls.CertificateVerificationError
	switch {
	case errors.As(err, &dns):
		return "its host name was not found"
	case errors.As(err, &cert):
		return "its certificate cannot be verified: " + cert.Err.Error()
	case errors.As(err, &op) && op.Op == "dial":
		return "it cannot be reached: " + op.Err.Error()
	}
	return "it gave no HTTP answer"
}

// endRecord records how the exchange ended. Nothing passes and nothing is recorded after
// it.
func (e *exchange) endRecord(end observe.End) {
	e.upload.stop()
	if whole, _ := e.upload.state(); !whole {
		// The transport may still wait for the client, and the server for it.
		_ = http.NewResponseController(e.w).SetReadDeadline(time.Unix(1, 0))
	}
	e.x.End(end, e.proxy.now())
}

// answerItself answers a request that is not passed on, and records that.
//
// The body is not read, so the record has an empty one.
func (e *exchange) answerItself(status int, sentence string) {
	if e.x != nil {
		now := e.proxy.now()
		e.x.Message(schema.ClientToServer, message.Body{}, e.began)
		e.x.Response(status, http.Header{"Content-Type": {"text/plain; charset=utf-8"}}, now)
		e.x.Message(schema.ServerToClient, message.Copy([]byte(sentence), e.proxy.config.MaxBody), now)
		e.x.End(observe.EndEOF, now)
	}
	e.writeError(status, sentence)
}

func (e *exchange) writeError(status int, sentence string) {
	e.closeUnlessRead()
	http.Error(e.w, sentence, status)
}

// closeUnlessRead makes this the last exchange of the client's connection where the
// rest of a request would stand before the next one.
func (e *exchange) closeUnlessRead() {
	if whole, _ := e.upload.state(); !whole {
		e.w.Header().Set("Connection", "close")
	}
}
