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

// fastConns sends requests whose body is at hand to one upstream without TLS, from the
// goroutine that serves them. http.Transport hands each request to two other
// goroutines; it remains for everything else: TLS, proxies, bodies still to come.
//
// What that is worth, client, proxy and upstream sharing two cores, in requests a
// second against http.Transport: ×1.17 at 10 in flight, ×1.11 at 50, ×1.20 at 100,
// ×1.10 at 500. Measured in one alternating run by
//
//	go test -run '^$' -bench UpstreamClients -benchtime 20x ./collector/httpproxy
type fastConns struct {
	addr string
	dial func(ctx context.Context, network, addr string) (net.Conn, error)

	// mu guards what follows; it is held for a few instructions, never during I/O.
	mu sync.Mutex
	// idle connections, newest last, each used before and since read to the end.
	idle []*fastConn
	// sweeping is set while a timer for the next sweep runs.
	sweeping bool
}

// fastConn is a connection to an upstream. One goroutine owns it at a time: that of the
// exchange from take to give, none while it is idle.
type fastConn struct {
	net.Conn
	raw   syscall.RawConn
	r     *bufio.Reader
	out   []byte    // the newest request, kept for its capacity
	since time.Time // when it became idle
	// head is how many bytes the head of an answer may still have; negative while a
	// body is read, whose length has no bound.
	head int
}

// maxHead bounds the head of a request and of an answer, in bytes. Small headers take
// thirty times their length in memory; most servers refuse more than 64 KiB.
const maxHead = 128 << 10

var errHead = errors.New("the head of the answer is too long")

// Read counts what is read ahead of a body too, so that a head may be refused a buffer short
// of the bound.
func (c *fastConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.head >= 0 {
		if c.head -= n; c.head < 0 {
			return 0, errHead
		}
	}
	return n, err
}

// take returns the connection that was idle for the shortest time and is still open, or
// a new one. A server may close an idle connection at any time; a request that meets
// such a close would be lost, and retrying it could run a tool twice.
func (p *fastConns) take(ctx context.Context) (*fastConn, error) {
	for {
		p.mu.Lock()
		n := len(p.idle)
		if n == 0 {
			p.mu.Unlock()
			break
		}
		c := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		if time.Since(c.since) < maxIdleTime && stillIdle(c.raw) {
			return c, nil
		}
		c.Close()
	}
	// The lock is not held for dialing; nothing bounds how many are dialed at once but the
	// requests.
	nc, err := p.dial(ctx, "tcp", p.addr)
	if err != nil {
		return nil, err
	}
	raw, err := nc.(*net.TCPConn).SyscallConn()
	if err != nil {
		nc.Close()
		return nil, err
	}
	c := &fastConn{Conn: nc, raw: raw}
	c.r = bufio.NewReaderSize(c, 4<<10)
	return c, nil
}

// give makes a connection idle. Its last answer must be read to the end.
func (p *fastConns) give(c *fastConn) {
	c.since = time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, c)
	if !p.sweeping {
		p.sweeping = true
		time.AfterFunc(maxIdleTime, p.sweep)
	}
}

// sweep closes what has been idle for maxIdleTime, and runs again while there is more.
//
// The oldest come first in idle, since give appends.
func (p *fastConns) sweep() {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for n < len(p.idle) && time.Since(p.idle[n].since) >= maxIdleTime {
		p.idle[n].Close()
		n++
	}
	p.idle = slices.Delete(p.idle, 0, n)
	if p.sweeping = len(p.idle) > 0; p.sweeping {
		time.AfterFunc(maxIdleTime, p.sweep)
	}
}

// closeIdle closes all idle connections; those in use are not affected.
func (p *fastConns) closeIdle() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.idle {
		c.Close()
	}
	p.idle = nil
}

// fastBody is the body of an answer; closing it gives the connection back.
type fastBody struct {
	io.ReadCloser
	conns *fastConns
	c     *fastConn
	// stop ends the watch of the request's context; false where it was done before.
	stop func() bool
	// keep: the server keeps the connection open; ended: the body was read to its end.
	keep, ended bool
}

func (b *fastBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.ended = b.ended || err == io.EOF
	return n, err
}

// complete reports whether the rest of a chunked body is in the buffer, so that no Read
// will wait and nothing needs to be flushed before. It compares with the last chunk;
// where those bytes are data, no Read waits before it has returned them.
func (b *fastBody) complete() bool {
	here, _ := b.c.r.Peek(b.c.r.Buffered()) // what is buffered can be peeked
	return bytes.HasSuffix(here, []byte("0\r\n\r\n"))
}

// abort makes a Read that waits fail; Close must still be called.
func (b *fastBody) abort() { b.c.Close() }

func (b *fastBody) Close() error {
	if b.stop() && b.keep && b.ended && b.c.r.Buffered() == 0 {
		b.conns.give(b.c) // after abort it is closed, which stillIdle reports
		return nil
	}
	return b.c.Close()
}

// send writes a request and reads the head of its answer, and calls informational for
// each 1xx answer before it. connected is false where no connection could be made. The
// caller must close the body; r's context ends the connection until then.
func (p *fastConns) send(r *http.Request, body []byte, informational func(int, textproto.MIMEHeader) error) (response *http.Response, connected bool, err error) {
	c, err := p.take(r.Context())
	if err != nil {
		return nil, false, err
	}
	// A client that is gone closes the connection, which ends a Read that waits.
	stop := context.AfterFunc(r.Context(), func() { c.Close() })
	fail := func(err error) (*http.Response, bool, error) {
		stop()
		c.Close()
		return nil, true, err
	}
	c.out = appendRequest(c.out[:0], r, body)
	// Head and body in one write, so that they leave in one segment where they fit.
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
		// A switch of protocols is final here, and refused by the caller; its connection is
		// not kept.
		if s := response.StatusCode; s >= 200 || s == http.StatusSwitchingProtocols {
			response.Body = &fastBody{ReadCloser: response.Body, conns: p, c: c, stop: stop, keep: !response.Close && s >= 200}
			return response, true, nil
		}
		if err := informational(response.StatusCode, textproto.MIMEHeader(response.Header)); err != nil {
			return fail(err)
		}
	}
}

// appendRequest encodes a request. Its method and header were read and checked by
// net/http, so that no value can hold a line end.
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
	// Methods that usually have a body say that it is empty (RFC 9110, section 8.6).
	if len(body) > 0 || r.Method == http.MethodPost || r.Method == http.MethodPut || r.Method == http.MethodPatch {
		b = append(strconv.AppendInt(append(b, "Content-Length: "...), int64(len(body)), 10), "\r\n"...)
	}
	return append(append(b, "\r\n"...), body...)
}
