package httpproxy

import (
	"net"
	"net/http"
	"sync"
	"sync/atomic"
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

// clients counts open connections. The zero value is ready.
type clients struct {
	mu     sync.Mutex // guards what follows; held for a few instructions
	all    int64
	byPeer map[string]int
}

// change counts a connection of a peer that came (1) or went (-1), and returns how many
// there are in all and of that peer.
func (c *clients) change(peer string, by int) (all int64, ofPeer int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byPeer == nil {
		c.byPeer = map[string]int{}
	}
	c.all += int64(by)
	if c.byPeer[peer] += by; c.byPeer[peer] == 0 {
		delete(c.byPeer, peer)
		return c.all, 0
	}
	return c.all, c.byPeer[peer]
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
	peer, _, err := net.SplitHostPort(conn.RemoteAddr().String())
	if err != nil {
		peer = conn.RemoteAddr().String()
	}
	all, ofPeer := p.clients.change(peer, by)
	if state == http.StateNew && ofPeer > p.config.MaxConnsPerPeer {
		p.Stats.RefusedConns.Add(1)
		_ = conn.Close() // net/http reports the end that follows
	}
	if p.config.Connected != nil {
		p.config.Connected(all)
	}
}
