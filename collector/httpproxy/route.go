package httpproxy

import (
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/mcptrail/mcptrail/collector/sse"
)

// upstream is where one configured name leads.
type upstream struct {
	name, scheme, host string
	// path of the MCP endpoint as it goes over the wire, at least "/".
	path string
	// fast is nil where http.Transport has to send all requests.
	fast *fastConns
	// oauth are the addresses that its own metadata names.
	oauth oauthPaths
}

func (u *upstream) closeIdle() {
	if u.fast != nil {
		u.fast.closeIdle()
	}
}

// route is where one request goes.
type route struct {
	*upstream
	// uri is the path and query to send, as escaped as it came.
	uri string
}

// routes finds the upstream of a request.
type routes struct {
	// byName is off where a lone upstream gets all paths.
	byName bool

	// mu guards the rest; it is held for one look-up.
	mu        sync.RWMutex
	upstreams []*upstream
	// endpoints are the addresses that open legacy event streams gave their clients to
	// post to, by path and query as clients call them. Each ends with its stream.
	endpoints map[string]route
}

// find returns the route of a request; false when no upstream has that path.
func (rs *routes) find(r *http.Request) (route, bool) {
	rs.mu.RLock()
	defer rs.mu.RUnlock()
	if to, ok := rs.endpoints[r.RequestURI]; ok {
		return to, true
	}
	return rs.byPath(r.RequestURI)
}

// byPath is find without the endpoints. mu is held. A name ends at a slash, a question mark
// or the end, so none is the beginning of another.
func (rs *routes) byPath(uri string) (route, bool) {
	// /.well-known/KIND/NAME… asks for a document about NAME (RFC 8414, RFC 9728).
	prefix, rest := "", uri
	if tail, ok := strings.CutPrefix(uri, "/.well-known/"); ok {
		if i := strings.IndexByte(tail, '/'); i >= 0 {
			prefix, rest = uri[:len(uri)-len(tail)+i], tail[i:]
		}
	}
	for _, u := range rs.upstreams {
		tail, ok := strings.CutPrefix(rest, "/"+u.name)
		if !ok || tail != "" && tail[0] != '/' && tail[0] != '?' {
			continue
		}
		if tail == "" || tail[0] == '?' {
			return route{upstream: u, uri: prefix + u.path + tail}, true
		}
		return route{upstream: u, uri: prefix + strings.TrimSuffix(u.path, "/") + tail}, true
	}
	if len(rs.upstreams) == 1 && !rs.byName {
		return route{upstream: rs.upstreams[0], uri: uri}, true
	}
	return route{}, false
}

// change takes other upstreams and returns those that are gone. One that stays the
// same keeps its connections.
//
// It puts the old upstream into now where it stays, with its connections and OAuth paths.
func (rs *routes) change(now []*upstream) (gone []*upstream) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	for _, old := range rs.upstreams {
		same := slices.IndexFunc(now, func(u *upstream) bool {
			return u.name == old.name && u.scheme == old.scheme && u.host == old.host && u.path == old.path
		})
		if same >= 0 {
			now[same] = old
		} else {
			gone = append(gone, old)
		}
	}
	rs.upstreams = now
	return gone
}

// names lists the paths that lead somewhere.
func (rs *routes) names() string {
	rs.mu.RLock()
	defer rs.mu.RUnlock()
	var names []string
	for _, u := range rs.upstreams {
		names = append(names, "/"+u.name)
	}
	return strings.Join(names, ", ")
}

// maxEndpoint bounds such an address, in bytes.
const maxEndpoint = 4096

// addEndpoint routes the address that the event stream at to names as its endpoint. The
// client resolves it against the address it called. It returns the function that removes
// the route. An upstream cannot get the requests of another one: an address that leads
// elsewhere stays as it is.
//
// Only the HTTP+SSE transport of revision 2024-11-05 names such an address.
func (rs *routes) addEndpoint(to route, called, endpoint string) (remove func()) {
	if len(endpoint) > maxEndpoint {
		return func() {}
	}
	there, here := sse.Endpoint(to.uri, endpoint), sse.Endpoint(called, endpoint)
	if there == "" || here == "" {
		return func() {}
	}
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if other, ok := rs.endpoints[here]; ok && other.upstream != to.upstream {
		return func() {}
	}
	// The path would lead to another upstream by its name.
	if other, ok := rs.byPath(here); ok && other.upstream != to.upstream {
		return func() {}
	}
	rs.endpoints[here] = route{upstream: to.upstream, uri: there}
	return func() {
		rs.mu.Lock()
		delete(rs.endpoints, here)
		rs.mu.Unlock()
	}
}
