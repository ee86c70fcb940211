package httpproxy

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// guard keeps web pages out. Upstreams get their own name as Host, so that their guard
// against DNS rebinding passes everything that passes this one.
// MCP asks servers to check Origin for the same reason (Streamable HTTP, security warning);
// the proxy does it for those that do not.
type guard struct {
	hosts, origins []string
}

// rejection is why a request may not pass, as a sentence; empty when it may.
//
// A request without Origin passes: no page of another origin sent it, and of a rebound name
// the Host is checked.
func (g guard) rejection(r *http.Request) string {
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !g.known(r.Host, local) {
		return fmt.Sprintf("Host %q is not an address of this proxy; allow it with --allow-host.", r.Host)
	}
	for _, origin := range r.Header["Origin"] {
		if slices.Contains(g.origins, "*") || slices.Contains(g.origins, origin) {
			continue
		}
		u, err := url.Parse(origin)
		if err != nil || u.Host == "" || !g.known(u.Host, local) {
			return fmt.Sprintf("Origin %q may not call this proxy; allow it with --allow-origin.", origin)
		}
	}
	return ""
}

// known reports whether host, with or without a port, is an allowed name, the
// address that the connection came in on, or a loopback name on loopback. An
// address literal cannot be rebound.
func (g guard) known(host string, local net.Addr) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.ToLower(strings.TrimSuffix(strings.Trim(name, "[]"), "."))
	for _, allowed := range g.hosts {
		if strings.EqualFold(allowed, host) || strings.EqualFold(allowed, name) {
			return true
		}
	}
	// Without the address of the connection only configured names are known.
	tcp, ok := local.(*net.TCPAddr)
	if !ok {
		return false
	}
	at := tcp.AddrPort().Addr().Unmap()
	literal, err := netip.ParseAddr(name)
	if err != nil {
		return at.IsLoopback() && (name == "localhost" || strings.HasSuffix(name, ".localhost"))
	}
	literal = literal.Unmap()
	return literal == at || at.IsLoopback() && literal.IsLoopback()
}
