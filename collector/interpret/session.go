package interpret

import (
	"slices"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/mcptrail/mcptrail/collector/journal"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/jsonrpc"
)

// session is a session of the journal with what assigns and pairs its messages.
type session struct {
	*journal.Session
	// last is the time of the newest observation. Idle time is measured from it.
	last time.Time
	// exchanges counts the HTTP exchanges; it numbers them.
	exchanges uint64
	// pairs holds the requests that what comes later is about.
	pairs jsonrpc.Pairs
	// delivered are the newest server-sent events that have an id, as keyed hashes of id
	// and content; nil before the first.
	delivered *simplelru.LRU[schema.Hash, struct{}]
	// names under which the registry finds the session, oldest first.
	names []name
}

// maxDelivered is how far back a replay is recognised, in events of one session.
const maxDelivered = 4096

// replayed reports whether the session has had that event before, by the hash of its id
// and its content, and keeps it.
func (s *session) replayed(event schema.Hash) bool {
	if s.delivered == nil {
		s.delivered = newLRU[schema.Hash, struct{}](maxDelivered)
	}
	// Contains does not renew an entry: what is replayed again and again displaces nothing
	// newer.
	if s.delivered.Contains(event) {
		return true
	}
	s.delivered.Add(event, struct{}{})
	return false
}

// newLRU makes a cache of that many entries, allocated as they come.
func newLRU[K comparable, V any](size int) *simplelru.LRU[K, V] {
	cache, err := simplelru.NewLRU[K, V](size, nil)
	if err != nil {
		panic("a cache of constant size: " + err.Error())
	}
	return cache
}

// name is what a session can be found by: principal and the keyed hash of its
// Mcp-Session-Id, the address of its legacy event stream, or principal, client and
// peer. An id that a client chose never finds the session of another principal.
type name struct {
	basis                                         schema.Basis
	upstream, principal, value, peer, agent, info string
}

// registry holds the sessions that exchanges can still belong to, and finds them by name.
// A session without a name, such as a process's, is found by its exchange only.
type registry struct {
	open  map[*session]struct{}
	named map[name]*session
}

// maxNames are those that one session is found by, the newest ones.
const maxNames = 16

// add makes a session known, without a name.
func (r *registry) add(s *session) { r.open[s] = struct{}{} }

// setName makes a session found by a name, and no other session by it: the newest holder
// of a name is the one that the next exchange continues.
func (r *registry) setName(s *session, n name) {
	switch old := r.named[n]; {
	case old == s:
		return
	case old != nil:
		old.names = slices.DeleteFunc(old.names, func(m name) bool { return m == n })
	}
	// A client that sends new names for ever must not make the registry grow.
	if len(s.names) >= maxNames {
		delete(r.named, s.names[0])
		s.names = slices.Delete(s.names, 0, 1)
	}
	r.named[n] = s
	s.names = append(s.names, n)
}

// dropNames makes a session found by none of its names.
func (r *registry) dropNames(s *session) {
	for _, n := range s.names {
		delete(r.named, n)
	}
	s.names = nil
}

// remove makes a session unknown.
func (r *registry) remove(s *session) {
	r.dropNames(s)
	delete(r.open, s)
}

// oldest is the session whose last message is longest ago.
func (r *registry) oldest() (oldest *session) {
	for s := range r.open {
		if oldest == nil || s.last.Before(oldest.last) {
			oldest = s
		}
	}
	return oldest
}
