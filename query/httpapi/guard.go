package httpapi

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// guarded refuses what must not reach a route. The Host header of a request that
// a web page was tricked into sending is the page's own name (DNS rebinding), so
// only names that were configured pass; an address cannot be rebound.
//
// It keeps no state. Who may read is decided elsewhere, see [Local].
func guarded(next http.Handler, hosts []string) http.Handler {
	// A page of another site can send a form here in the name of its visitor.
	next = http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Set before anything is answered, so that refusals have them too. The web UI replaces the
		// policy for its own pages; an answer of the API opened as a page runs nothing.
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		switch name := hostname(r.Host); {
		// 421 and not 403: the request reached a server that does not serve this name (RFC 9110,
		// section 15.5.20).
		case !known(name, hosts):
			http.Error(w, fmt.Sprintf("This service does not go by the name %q. Start it with --allow-host=%s if it should.", name, name), http.StatusMisdirectedRequest)
		case len(r.RequestURI) > maxURI:
			http.Error(w, "The address is too long.", http.StatusRequestURITooLong)
		default:
			// What only reads takes no body.
			most := int64(0)
			if r.Method == http.MethodPost {
				most = maxBody
			}
			r.Body = http.MaxBytesReader(w, r.Body, most)
			next.ServeHTTP(w, r)
		}
	})
}

// known reports whether a Host header names this service: an address, this machine, or
// a configured name.
func known(name string, hosts []string) bool {
	// A page's origin is a name, and a browser sends that name; only a page that was opened by
	// its address sends one.
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	// RFC 6761 has these resolve to this machine only.
	return name == "localhost" || strings.HasSuffix(name, ".localhost") ||
		slices.ContainsFunc(hosts, func(h string) bool { return strings.EqualFold(h, name) })
}

// hostname is a Host header without port and brackets, in lower case.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	// A trailing dot is the same name, fully qualified.
	return strings.ToLower(strings.Trim(strings.TrimSuffix(host, "."), "[]"))
}
