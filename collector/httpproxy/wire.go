package httpproxy

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// wire sends requests whose body is at hand to one upstream without TLS, from the
// goroutine that serves them. http.Transport hands each request to two others,
// which costs a fifth of the throughput; it remains for everything else.
type wire struct {
	addr string
	dial func(ctx context.Context, network, addr string) (net.Conn, error)

	// mu guards what follows; it is held for a few instructions.
	mu sync.Mutex
	// idle connections, newest last.
	idle []*conn
	// swept says that a sweep of idle is due.
	swept bool
}

// conn is a connection to an upstream, in one goroutine's hands at a time.
type conn struct {
	net.Conn
	raw   syscall.RawConn
	r     *bufio.Reader
	out   []byte // the newest request
	since time.Time
	// head is how many bytes the head of an answer may still have; negative while a
	// body is read.
	head int
}

// maxHead bounds the head of a request and of an answer, in bytes. Small headers take
// thirty times their length in memory; most servers refuse more than 64 KiB.
const maxHead = 128 << 10

var errHead = errors.New("the head of the answer is too long")

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.head >= 0 {
		if c.head -= n; c.head < 0 {
			return 0, errHead
		}
	}
	return n, err
}

// take returns a connection that was idle and is still good, or a new one.
func (w *wire) take(ctx context.Context) (*conn, error) {
	for {
		w.mu.Lock()
		n := len(w.idle)
		if n == 0 {
			w.mu.Unlock()
			break
		}
		c := w.idle[n-1]
		w.idle = w.idle[:n-1]
		w.mu.Unlock()
		if time.Since(c.since) < maxIdleTime && silent(c.raw) {
			return c, nil
		}
		c.Close()
	}
	nc, err := w.dial(ctx, "tcp", w.addr)
	if err != nil {
		return nil, err
	}
	raw, err := nc.(*net.TCPConn).SyscallConn()
	if err != nil {
		nc.Close()
		return nil, err
	}
	c := &conn{Conn: nc, raw: raw}
	c.r = bufio.NewReaderSize(c, 4<<10)
	return c, nil
}

// give keeps a connection for the next request.
func (w *wire) give(c *conn) {
	c.since = time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.idle = append(w.idle, c)
	if !w.swept {
		w.swept = true
		time.AfterFunc(maxIdleTime, w.sweep)
	}
}

// sweep closes what has been idle for too long, and comes again while there is more.
func (w *wire) sweep() {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for n < len(w.idle) && time.Since(w.idle[n].since) >= maxIdleTime {
		w.idle[n].Close()
		n++
	}
	w.idle = slices.Delete(w.idle, 0, n)
	if w.swept = len(w.idle) > 0; w.swept {
		time.AfterFunc(maxIdleTime, w.sweep)
	}
}

// closeIdle closes all that is idle.
func (w *wire) closeIdle() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.idle {
		c.Close()
	}
	w.idle = nil
}

// wireBody is the body of an answer; closing it gives the connection back.
type wireBody struct {
	io.ReadCloser
	w     *wire
	c     *conn
	stop  func() bool
	keep  bool
	ended bool
}

func (b *wireBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.ended = b.ended || err == io.EOF
	return n, err
}

// complete reports whether the rest of a chunked body is here, so that no Read
// will wait. It looks only for the last chunk; where that is data, no Read waits
// before it was returned.
func (b *wireBody) complete() bool {
	here, _ := b.c.r.Peek(b.c.r.Buffered())
	return bytes.HasSuffix(here, []byte("0\r\n\r\n"))
}

// abort makes a Read that waits fail; Close must still be called.
func (b *wireBody) abort() { b.c.Close() }

func (b *wireBody) Close() error {
	if b.stop() && b.keep && b.ended && b.c.r.Buffered() == 0 {
		b.w.give(b.c) // where abort was called it is closed, which take notices
		return nil
	}
	return b.c.Close()
}

// send sends a request and reads the head of its answer; informational hears of
// those before it. connected says whether there was a connection.
func (w *wire) send(r *http.Request, body []byte, informational func(int, textproto.MIMEHeader) error) (response *http.Response, connected bool, err error) {
	c, err := w.take(r.Context())
	if err != nil {
		return nil, false, err
	}
	stop := context.AfterFunc(r.Context(), func() { c.Close() })
	fail := func(err error) (*http.Response, bool, error) {
		stop()
		c.Close()
		return nil, true, err
	}
	c.out = appendRequest(c.out[:0], r, body)
	if _, err := c.Conn.Write(c.out); err != nil {
		return fail(err)
	}
	for {
		c.head = maxHead
		response, err := http.ReadResponse(c.r, r)
		if err != nil {
			return fail(err)
		}
		c.head = -1
		if s := response.StatusCode; s >= 200 || s == http.StatusSwitchingProtocols {
			response.Body = &wireBody{ReadCloser: response.Body, w: w, c: c, stop: stop, keep: !response.Close && s >= 200}
			return response, true, nil
		}
		if err := informational(response.StatusCode, textproto.MIMEHeader(response.Header)); err != nil {
			return fail(err)
		}
	}
}

// appendRequest writes what net/http has read and checked before.
func appendRequest(b []byte, r *http.Request, body []byte) []byte {
	b = append(b, r.Method...)
	b = append(b, ' ')
	b = append(b, r.URL.RequestURI()...)
	b = append(b, " HTTP/1.1\r\nHost: "...)
	b = append(b, r.URL.Host...)
	b = append(b, "\r\n"...)
	for name, values := range r.Header {
		if name == "Content-Length" {
			continue
		}
		for _, value := range values {
			b = append(append(append(append(b, name...), ": "...), value...), "\r\n"...)
		}
	}
	if len(body) > 0 || r.Method == http.MethodPost || r.Method == http.MethodPut || r.Method == http.MethodPatch {
		b = append(strconv.AppendInt(append(b, "Content-Length: "...), int64(len(body)), 10), "\r\n"...)
	}
	return append(append(b, "\r\n"...), body...)
}
