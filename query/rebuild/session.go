package rebuild

import (
	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/schema"
)

// note takes what an event says of its session as a whole. The last value counts: a
// client proposes a protocol version and the server's answer decides it.
func note(s *query.Session, e *schema.Event) {
	if s.Events == 0 {
		s.ID, s.Started = e.SessionID.String(), wall(e)
	}
	s.Events++
	s.Ended = wall(e)
	s.Basis = last(s.Basis, e.Basis)
	s.Transport = last(s.Transport, e.Transport)
	s.Upstream = last(s.Upstream, e.Upstream)
	s.ProtocolVersion = last(s.ProtocolVersion, e.ProtocolVersion)
	s.Client = last(s.Client, query.Peer{Name: e.ClientName, Version: e.ClientVersion})
	s.Server = last(s.Server, query.Peer{Name: e.ServerName, Version: e.ServerVersion})
	s.Principal = last(s.Principal, query.PrincipalOf(&e.Principal))
}

// last returns b unless it is empty, else a.
func last[T comparable](a, b T) T {
	var empty T
	if b == empty {
		return a
	}
	return b
}
