package httpproxy

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"strings"

	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/schema"
)

// wholeBody is up to what length a request's body is read before it is sent, if it
// is there: one write instead of several.
const wholeBody = 16 << 10

// send sends the request and returns the head of its answer.
//
// Only a request whose body is at hand goes by fastConns, which write it whole.
func (e *exchange) send() (response *http.Response, err error) {
	out := e.request()
	whole, err := e.body()
	if err != nil {
		return nil, err
	}
	if e.upload == nil && e.to.fast != nil {
		response, e.connected, err = e.to.fast.send(out, whole, e.informational)
		return response, err
	}
	if e.upload != nil {
		out.Body = e.upload
	} else if whole != nil {
		// GetBody lets the transport send it once more on a connection that was closed
		// before it took a byte.
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
	// The path goes out byte by byte as it came: decoding and encoding it again could change
	// it.
	out.URL = &url.URL{Scheme: e.to.scheme, Host: e.to.host, Opaque: path, RawQuery: query, ForceQuery: asked}
	if strings.HasPrefix(path, "//") { // Opaque would be read as an authority
		out.URL.Opaque, out.URL.Path, out.URL.RawPath = "", e.r.URL.Path, path
	}
	out.Host, out.RequestURI, out.Close = "", "", false
	out.Header = e.header
	out.Trailer = e.r.Trailer // the server fills it while the transport reads the body
	out.Body = nil
	return out
}

// body records a body that is there and returns it, or prepares for one that is still
// to come. It returns errUnrecorded where the record has no capacity for it, and
// errRefused for one whose length exceeds what may pass.
func (e *exchange) body() (whole []byte, err error) {
	length, from := e.r.ContentLength, e.r.Body
	if length == 0 {
		return nil, e.recordRequest(nil)
	}
	bounds := bodyBounds{deadline: http.NewResponseController(e.w).SetReadDeadline, timeout: e.proxy.config.BodyTimeout}
	if e.proxy.config.RefuseLarger {
		bounds.most = uint64(e.proxy.config.MaxBody)
	}
	e.upload = &upload{rest: from, left: length, now: e.proxy.now, bounds: bounds}
	e.upload.tee = newTee(e.x, schema.ClientToServer, e.header, e.proxy.config.MaxBody, nil)
	e.upload.restart = func() *tee { // what was decoded cannot be taken up in the middle
		return newTee(e.x, schema.ClientToServer, nil, e.proxy.config.MaxBody, nil)
	}
	if bounds.most > 0 && length > int64(bounds.most) {
		e.upload.refused = http.StatusRequestEntityTooLarge
		return nil, errRefused
	}
	bounds.begin(e.proxy.now())
	if length > 0 && length <= wholeBody && e.r.Header["Expect"] == nil && e.r.Header["Content-Encoding"] == nil {
		whole = make([]byte, length)
		// One Read, which returns what has come: waiting for the rest here would hold back
		// what is there.
		n, err := from.Read(whole)
		if int64(n) == length {
			bounds.end()
			e.upload = nil
			return whole, e.recordRequest(whole)
		}
		e.upload.head, e.upload.headErr = whole[:n], err
	}
	// Without it, the server reads the body to its end before it answers.
	_ = http.NewResponseController(e.w).EnableFullDuplex() // HTTP/1 always can
	return nil, nil
}

// recordRequest records a body that is at hand.
func (e *exchange) recordRequest(whole []byte) error {
	body := message.Body{Data: whole, Size: uint64(len(whole))}
	if len(whole) > e.proxy.config.MaxBody {
		body = message.Copy(whole, e.proxy.config.MaxBody)
	}
	if e.x.Message(schema.ClientToServer, body, e.began) {
		return nil
	}
	e.rejection = observe.Rejection(whole)
	return errUnrecorded
}

// informational passes a 1xx answer.
func (e *exchange) informational(status int, header textproto.MIMEHeader) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.answered {
		// WriteHeader sends a 1xx at once with the headers that are set; the final answer
		// must not have them.
		to := e.w.Header()
		copyHeader(to, http.Header(header))
		e.w.WriteHeader(status)
		clear(to)
	}
	return nil
}
