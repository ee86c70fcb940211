package httpproxy

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/mcptrail/mcptrail/collector/observe"
)

// Stats counts what the proxy refused since its start.
type Stats struct {
	// SlowBodies did not come within Config.BodyTimeout.
	SlowBodies atomic.Uint64
	// RefusedBodies were longer than Config.MaxBody, with Config.RefuseLarger.
	RefusedBodies atomic.Uint64
	// RefusedConns were closed for Config.MaxConnsPerPeer.
	RefusedConns atomic.Uint64
}

// clients are the open connections. The zero value is ready.
type clients struct {
	mu     sync.Mutex // guards what follows; held for a few instructions
	all    int64
	byPeer map[string]*peer
}

// peer is one address that clients come from, while it has connections.
// It lasts from its first connection to the end of its last one, so the map is bounded by
// the open connections.
type peer struct {
	conns int
	share *observe.Share
}

// of returns the peer of an address. mu is held.
func (c *clients) of(address string) *peer {
	if c.byPeer == nil {
		c.byPeer = map[string]*peer{}
	}
	p := c.byPeer[address]
	if p == nil {
		p = &peer{share: observe.NewPeerShare()}
		c.byPeer[address] = p
	}
	return p
}

// change counts a connection of a peer that came (1) or went (-1), and returns how many
// there are in all and of that peer.
func (c *clients) change(address string, by int) (all int64, ofPeer int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.of(address)
	c.all += int64(by)
	if p.conns += by; p.conns <= 0 {
		delete(c.byPeer, address)
	}
	return c.all, p.conns
}

// share returns the share of the queue of a new connection.
func (c *clients) share(address string) *observe.Share {
	c.mu.Lock()
	defer c.mu.Unlock()
	return observe.NewShare(c.of(address).share)
}

// shareKey is the key of a connection's share in the context of its requests.
type shareKey struct{}

// connContext gives a connection its share. net/http calls it before connState.
//
// The peer has no connection counted yet: connState counts this one next, in the same
// goroutine.
func (p *Proxy) connContext(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, shareKey{}, p.clients.share(addressOf(conn)))
}

// addressOf is the address of a client without its port.
func addressOf(conn net.Conn) string {
	address, _, err := net.SplitHostPort(conn.RemoteAddr().String())
	if err != nil {
		return conn.RemoteAddr().String()
	}
	return address
}

// connState counts the connections of clients, and closes a new one of a peer that has
// too many. net/http calls it from the goroutine of each connection, and calls it again
// once it finds a connection closed.
func (p *Proxy) connState(conn net.Conn, state http.ConnState) {
	by := 1
	switch state {
	case http.StateNew:
	case http.StateClosed, http.StateHijacked:
		by = -1
	default:
		return
	}
	// A connection that is closed here is counted until net/http reports its end.
	all, ofPeer := p.clients.change(addressOf(conn), by)
	if state == http.StateNew && ofPeer > p.config.MaxConnsPerPeer {
		p.Stats.RefusedConns.Add(1)
		_ = conn.Close() // net/http reports the end that follows
	}
	if p.config.Connected != nil {
		p.config.Connected(all)
	}
}
