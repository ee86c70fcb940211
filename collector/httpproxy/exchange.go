package httpproxy

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/mcptrail/mcptrail/collector"
	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/sse"
	"github.com/mcptrail/mcptrail/schema"
)

// exchange is one request on its way and back.
type exchange struct {
	proxy *Proxy
	w     http.ResponseWriter
	r     *http.Request
	to    route
	// x is nil where nothing is captured.
	x     *collector.Exchange
	began time.Time

	// upload is nil where the whole body came at once.
	upload *upload

	// mu guards w's header between an informational answer, which the transport
	// passes, and the final one; it is held for one write.
	mu       sync.Mutex
	answered bool
	// connected says that there was a connection to the upstream.
	connected bool
	// endless says that the answer is an event stream that the client opened.
	endless bool
}

// wholeBody is up to what length a request's body is read before it is sent, if it
// is there: one write instead of several.
const wholeBody = 16 << 10

var buffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// pass sends the request on and its answer back.
func (e *exchange) pass() {
	response, err := e.send()
	e.mu.Lock()
	e.answered = true
	e.mu.Unlock()
	if err == nil && response.StatusCode == http.StatusSwitchingProtocols {
		response.Body.Close()
		err = errors.New("upstream switched protocols unasked")
	}
	if err != nil {
		e.unanswered(err)
		return
	}
	end := e.respond(response)
	response.Body.Close()
	e.leave(end)
	if end != collector.EndEOF {
		panic(http.ErrAbortHandler) // cuts the client's connection
	}
}

// send sends the request and returns the head of its answer.
func (e *exchange) send() (response *http.Response, err error) {
	out := e.request()
	whole := e.body()
	if e.upload == nil && e.to.wire != nil {
		response, e.connected, err = e.to.wire.send(out, whole, e.informational)
		return response, err
	}
	if e.upload != nil {
		out.Body = e.upload
	} else if whole != nil {
		out.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(whole)), nil }
		out.Body, _ = out.GetBody()
	}
	return e.proxy.transport.RoundTrip(out.WithContext(httptrace.WithClientTrace(out.Context(), &httptrace.ClientTrace{
		GotConn:        func(httptrace.GotConnInfo) { e.connected = true },
		Got1xxResponse: e.informational,
	})))
}

// request is what goes to the upstream, without its body.
func (e *exchange) request() *http.Request {
	out := e.r.WithContext(e.r.Context())
	path, query, asked := strings.Cut(e.to.uri, "?")
	out.URL = &url.URL{Scheme: e.to.scheme, Host: e.to.host, Opaque: path, RawQuery: query, ForceQuery: asked}
	if strings.HasPrefix(path, "//") { // Opaque would be read as an authority
		out.URL.Opaque, out.URL.Path, out.URL.RawPath = "", e.r.URL.Path, path
	}
	out.Host, out.RequestURI, out.Close = "", "", false
	out.Header = outbound(e.r.Header)
	out.Trailer = e.r.Trailer // the server fills it while the transport reads the body
	out.Body = nil
	return out
}

// body records a body that is there and returns it, or prepares for one that is
// still to come.
func (e *exchange) body() []byte {
	length, from := e.r.ContentLength, e.r.Body
	if length == 0 {
		e.recordRequest(nil)
		return nil
	}
	e.upload = &upload{rest: from, left: length, now: e.proxy.now}
	if length > 0 && length <= wholeBody && e.r.Header["Expect"] == nil && e.r.Header["Content-Encoding"] == nil {
		whole := make([]byte, length)
		n, err := from.Read(whole)
		if int64(n) == length {
			e.upload = nil
			e.recordRequest(whole)
			return whole
		}
		e.upload.head, e.upload.headErr = whole[:n], err
	}
	if e.x != nil {
		e.upload.tape = newTape(e.x, schema.ClientToServer, e.r.Header, e.proxy.config.MaxBody, nil)
	}
	// Without it, the server reads the body to its end before it answers.
	_ = http.NewResponseController(e.w).EnableFullDuplex() // HTTP/1 always can
	return nil
}

func (e *exchange) recordRequest(whole []byte) {
	if e.x == nil {
		return
	}
	body := message.Body{Data: whole, Size: uint64(len(whole))}
	if len(whole) > e.proxy.config.MaxBody {
		body = message.Copy(whole, e.proxy.config.MaxBody)
	}
	e.x.Message(schema.ClientToServer, body, e.began)
}

// informational passes a 1xx answer.
func (e *exchange) informational(status int, header textproto.MIMEHeader) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.answered {
		to := e.w.Header()
		copyHeader(to, http.Header(header))
		e.w.WriteHeader(status)
		clear(to)
	}
	return nil
}

// respond passes the answer as it comes and says how it ended.
func (e *exchange) respond(response *http.Response) collector.End {
	var tape *tape
	if e.x != nil {
		forget := func() {}
		defer func() { forget() }()
		e.x.Response(response.StatusCode, response.Header, e.proxy.now())
		tape = newTape(e.x, schema.ServerToClient, response.Header, e.proxy.config.MaxBody, func(event sse.Event) {
			if event.Name == "endpoint" {
				forget = e.proxy.routes.learn(e.to, e.r.RequestURI, string(event.Data.Data))
			}
		})
	}
	if e.endless = e.r.Method == http.MethodGet && isEventStream(response.Header); e.endless {
		stop := context.AfterFunc(e.proxy.ending, func() { abort(response.Body) })
		defer stop()
	}
	e.head(response)
	end := e.copy(response, tape)
	if end == collector.EndEOF {
		for name, values := range response.Trailer {
			e.w.Header()[http.TrailerPrefix+name] = values
		}
	}
	return end
}

// abort makes a Read that waits fail.
func abort(body io.ReadCloser) {
	if b, ok := body.(*wireBody); ok {
		b.abort()
		return
	}
	body.Close()
}

func (e *exchange) head(response *http.Response) {
	header := e.w.Header()
	inbound(header, response.Header)
	for name := range response.Trailer {
		header.Add("Trailer", name)
	}
	e.closeUnlessRead()
	e.w.WriteHeader(response.StatusCode)
}

// copy passes the body of the answer. What is here is flushed before waiting for
// more; the end of the exchange flushes the rest.
func (e *exchange) copy(response *http.Response, tape *tape) collector.End {
	flusher := http.NewResponseController(e.w)
	buffered, _ := response.Body.(*wireBody)
	buffer := buffers.Get().(*[32 << 10]byte)
	defer buffers.Put(buffer)
	left := response.ContentLength
	if left < 0 && (buffered == nil || !buffered.more()) {
		_ = flusher.Flush() // a client that is gone shows at the first write
	}
	for {
		n, err := response.Body.Read(buffer[:])
		left -= int64(n)
		last := err == io.EOF || left == 0
		if tape != nil {
			if n > 0 {
				e.upload.end() // an answer before the end of its request
			}
			now := e.proxy.now()
			tape.piece(buffer[:n], now)
			if last || err != nil {
				tape.end(now)
			}
		}
		if n > 0 {
			if _, err := e.w.Write(buffer[:n]); err != nil {
				return collector.EndClient
			}
		}
		switch {
		case last:
			return collector.EndEOF
		case err == nil:
			if buffered != nil && buffered.more() {
				continue
			}
			if flusher.Flush() != nil {
				return collector.EndClient
			}
		case e.r.Context().Err() != nil:
			return collector.EndClient
		case e.endless && e.proxy.ending.Err() != nil:
			return collector.EndEOF
		default:
			return collector.EndServer
		}
	}
}

// unanswered says that there is no answer from the upstream.
func (e *exchange) unanswered(err error) {
	switch _, broken := e.upload.state(); {
	case broken, e.r.Context().Err() != nil:
		e.leave(collector.EndClient)
	case e.connected && hungUp(err):
		e.leave(collector.EndServer)
	default:
		e.leave(collector.EndTransport)
		e.say(http.StatusBadGateway, fmt.Sprintf("Upstream %s: %s.", e.to.name, cause(err)))
		return
	}
	panic(http.ErrAbortHandler)
}

// hungUp tells an upstream that closed its connection from one that speaks no HTTP.
func hungUp(err error) bool {
	var op *net.OpError
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &op) ||
		strings.Contains(err.Error(), "server closed idle connection") // net/http does not export it
}

// cause is what a client may know of a failure: no address but the name it used.
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

// leave ends the record of the exchange.
func (e *exchange) leave(end collector.End) {
	e.upload.end()
	if whole, _ := e.upload.state(); !whole {
		// The transport may still wait for the client, and the server for it.
		_ = http.NewResponseController(e.w).SetReadDeadline(time.Unix(1, 0))
	}
	if e.x != nil {
		e.x.End(end, e.proxy.now())
	}
}

// answer is the proxy's own answer to a request that it does not pass.
func (e *exchange) answer(status int, sentence string) {
	if e.x != nil {
		now := e.proxy.now()
		e.x.Message(schema.ClientToServer, message.Body{}, e.began)
		e.x.Response(status, http.Header{"Content-Type": {"text/plain; charset=utf-8"}}, now)
		e.x.Message(schema.ServerToClient, message.Copy([]byte(sentence), e.proxy.config.MaxBody), now)
		e.x.End(collector.EndEOF, now)
	}
	e.say(status, sentence)
}

func (e *exchange) say(status int, sentence string) {
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
