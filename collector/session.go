package collector

import (
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector/redact"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/jsonrpc"
)

// session is one run of events with dense numbers and one chain.
type session struct {
	id    uuid.UUID
	basis schema.Basis
	// seq is the number of the next event.
	seq  uint64
	prev schema.Hash
	// began is the time of the first event; its monotonic part is what Mono counts
	// from.
	began time.Time
	// last is when something was last seen.
	last   time.Time
	closed bool

	transport schema.Transport
	upstream  string
	// exchanges counts the HTTP exchanges.
	exchanges uint64
	pairs     jsonrpc.Pairs
	// replays remembers the newest ids of server-sent events.
	replays recent

	// stderr and noise remember what the lines before said; see redact.Lines.
	stderr, noise redact.Lines
	// answers are what people entered.
	answers redact.Session

	// What the peers said of themselves, so far.
	clientName, clientVersion string
	serverName, serverVersion string
	protocol                  string

	// left is what the policy left out.
	left []LeftOut
	// quiet are the progress tokens of requests that it left out.
	quiet map[quietKey]bool

	// names under which the session is found; see sessions.
	names []name
}

func (s *session) linesOf(kind schema.Kind) *redact.Lines {
	if kind == schema.KindStderr {
		return &s.stderr
	}
	return &s.noise
}

// learn keeps what a message says about its peers, cleaned.
func (s *session) learn(m *jsonrpc.Message, clean func(string) string) {
	keep := func(to *string, from string) {
		if from != "" && from != *to {
			text := clean(from)
			*to = strings.Clone(text[:min(len(text), schema.MaxName)])
		}
	}
	keep(&s.clientName, m.ClientName)
	keep(&s.clientVersion, m.ClientVersion)
	keep(&s.serverName, m.ServerName)
	keep(&s.serverVersion, m.ServerVersion)
	// An initialize request proposes, its answer decides.
	if m.Method != "initialize" || s.protocol == "" {
		keep(&s.protocol, m.ProtocolVersion)
	}
}

// recent is a set of the newest hashes; the zero value is empty.
type recent struct {
	set   map[schema.Hash]struct{}
	order []schema.Hash
}

// maxRecent is how far back a replay is recognised, in events of one session.
const maxRecent = 4096

// add reports whether h is new.
func (r *recent) add(h schema.Hash) bool {
	if _, known := r.set[h]; known {
		return false
	}
	if r.set == nil {
		r.set = map[schema.Hash]struct{}{}
	}
	if len(r.order) >= maxRecent {
		for _, old := range r.order[:maxRecent/2] {
			delete(r.set, old)
		}
		r.order = append(r.order[:0], r.order[maxRecent/2:]...)
	}
	r.set[h] = struct{}{}
	r.order = append(r.order, h)
	return true
}
