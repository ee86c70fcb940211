package httpproxy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/schema"
)

// Proxy is the recording reverse proxy. It is an http.Handler; Run serves it.
type Proxy struct {
	// Stats count what the proxy refused.
	Stats Stats

	config    Config
	rec       *observe.Queue
	routes    routes
	guard     guard
	transport *http.Transport
	now       func() time.Time

	// running counts requests, so that Run returns after their last observation.
	running sync.WaitGroup
	// clients counts the connections.
	clients clients
	// ending is done when the context of Run is.
	ending context.Context
	end    context.CancelFunc
}

// New builds a Proxy that records with rec.
//
// It connects to nothing and starts nothing.
func New(config Config, rec *observe.Queue) (*Proxy, error) {
	config = config.Defaults()
	upstreams, err := config.parse()
	if err != nil {
		return nil, err
	}
	transport, err := config.transport()
	if err != nil {
		return nil, err
	}
	setFastConns(upstreams, transport)
	p := &Proxy{config: config, rec: rec, transport: transport, now: time.Now,
		routes: routes{upstreams: upstreams, byName: config.ByName, endpoints: map[string]route{}},
		guard:  guard{config.AllowHosts, config.AllowOrigins}}
	p.ending, p.end = context.WithCancel(context.Background())
	return p, nil
}

// Change takes other upstreams from the next request on. Requests under way stay
// with theirs.
//
// It may be called while requests run. An error changes nothing.
func (p *Proxy) Change(upstreams []Upstream) error {
	changed := p.config
	changed.Upstreams = upstreams
	now, err := changed.parse()
	if err != nil {
		return err
	}
	setFastConns(now, p.transport)
	for _, gone := range p.routes.change(now) {
		gone.closeIdle()
	}
	return nil
}

// Run serves l until ctx ends, then lets requests finish for the configured grace
// and cuts the rest. When it returns, nothing more will be recorded.
func (p *Proxy) Run(ctx context.Context, l net.Listener) error {
	// There is no timeout for writing an answer, which may be a stream, nor for reading a
	// body, which has its bounds in BodyTimeout.
	server := &http.Server{
		Handler:           p,
		ReadHeaderTimeout: 30 * time.Second,
		IdleTimeout:       10 * time.Minute,
		MaxHeaderBytes:    maxHead,
		ConnState:         p.connState,
		ConnContext:       p.connContext,
		// What net/http logs here are mistakes of clients, which an operator cannot act on.
		ErrorLog: slog.NewLogLogger(slog.Default().Handler(), slog.LevelDebug),
	}
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		// First: Shutdown would wait the whole grace for streams that never end by
		// themselves.
		p.end()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.config.Grace)
		defer cancel()
		if server.Shutdown(grace) != nil {
			_ = server.Close() // the error is that of a listener already closed
		}
	})
	defer p.closeIdle()
	err := server.Serve(l)
	if !errors.Is(err, http.ErrServerClosed) {
		stop()
		return fmt.Errorf("serving %s: %w", l.Addr(), err)
	}
	// Serve returns when Shutdown begins, not when it is done.
	<-stopped
	p.running.Wait()
	return nil
}

func (p *Proxy) closeIdle() {
	p.transport.CloseIdleConnections()
	for _, u := range p.routes.change(nil) {
		u.closeIdle()
	}
}

// ServeHTTP passes one request on.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.running.Add(1)
	defer p.running.Done()
	at := p.now()
	to, ok := p.routes.find(r)
	e := exchange{proxy: p, w: w, r: r, to: to, began: at, header: outbound(r.Header)}
	// The exchange begins before it is judged: what is refused is recorded too, if it has an
	// upstream.
	if ok {
		// Who acts is read from what the upstream gets.
		peer, _, _ := net.SplitHostPort(r.RemoteAddr)
		share, _ := r.Context().Value(shareKey{}).(*observe.Share)
		e.x = p.rec.Begin(observe.Exchange{Upstream: to.name, Transport: schema.TransportHTTP, Peer: peer, Share: share, Exempt: to.exemption(r),
			HTTP: &observe.RequestHead{Verb: r.Method, URL: r.RequestURI, Header: e.header}}, at)
	}
	switch reason := p.guard.rejection(r); {
	case reason != "":
		e.answerItself(http.StatusForbidden, reason)
	case !ok:
		e.answerItself(http.StatusNotFound, "No upstream has this path. There are: "+p.routes.names())
	case r.Method == http.MethodConnect || r.RequestURI[0] != '/':
		e.answerItself(http.StatusBadRequest, "This is a reverse proxy: send it requests by path.")
	default:
		e.pass()
	}
}
