package collector

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/collector/redact"
	"github.com/mcptrail/mcptrail/collector/sealer"
	"github.com/mcptrail/mcptrail/schema"
)

// sessions assigns what is seen to sessions and turns it into events. It belongs to
// one goroutine.
type sessions struct {
	config   Config
	redactor *redact.Redactor
	stats    *Stats
	// sealer is nil where nothing is sealed.
	sealer *sealer.Sealer
	now    func() time.Time
	epoch  uuid.UUID
	// seq is the next number of the epoch.
	seq uint64
	// own is the session of what the collector states about itself, nil without one.
	own *session

	// live sessions by the names that later exchanges may call them.
	named map[name]*session
	all   map[*session]struct{}
	// who remembers what credentials say, so that a token is decoded once.
	who map[string]identity.Identity
	// clear remembers cleaned texts.
	clear  map[string]string
	prints fingerprints

	// unread are the sizes of what could not be read before any session opened.
	unread []uint64

	// base ties the wall clock to the monotonic one, to notice a step.
	base time.Time
	// records wait to be taken; values is the rest of a chunk that holds theirs.
	records []durable.Record
	// owners are the sessions of records, nil for a seal.
	owners []*session
	values []byte
	// scratch is the event that is being made.
	scratch schema.Event
}

// name is what a session can be found by: principal and the keyed hash of its
// Mcp-Session-Id, the address of its legacy event stream, or principal, client and
// peer. An id that a client chose never finds the session of another principal.
type name struct {
	basis                                         schema.Basis
	upstream, principal, value, peer, agent, info string
}

// maxCredentials bounds the memory of decoded credentials.
const maxCredentials = 256

// maxSessions bounds how many sessions are open at once; beyond it the one that was
// silent longest is closed.
const maxSessions = 10_000

// maxNames are those that one session is found by, the newest ones.
const maxNames = 16

func newSessions(config Config, redactor *redact.Redactor, stats *Stats) *sessions {
	return &sessions{config: config, redactor: redactor, stats: stats, epoch: config.Epoch, now: time.Now,
		named: map[name]*session{}, all: map[*session]struct{}{}, who: map[string]identity.Identity{}, prints: fingerprints{key: config.Key}}
}

// open makes a session; its first event is written by the caller.
func (ss *sessions) open(x *exchange, basis schema.Basis, at time.Time) *session {
	if len(ss.all) >= maxSessions {
		ss.evict()
	}
	s := &session{id: newID(at, ss.config.Clock), basis: basis, began: at, last: at, transport: x.transport, upstream: ss.cleanText(x.Upstream)}
	ss.all[s] = struct{}{}
	ss.stats.Opened.Add(1)
	return s
}

// newID makes a UUIDv7. An imported session takes the time of its transcript, so
// that ids sort like the sessions did.
func newID(at time.Time, clock schema.Clock) uuid.UUID {
	id := uuid.Must(uuid.NewV7())
	if clock == schema.ClockImported {
		ms := uint64(at.UnixMilli())
		for i := range 6 {
			id[i] = byte(ms >> (40 - 8*i))
		}
	}
	return id
}

func (ss *sessions) call(s *session, n name) {
	switch old := ss.named[n]; {
	case old == s:
		return
	case old != nil:
		old.drop(n)
	}
	if len(s.names) >= maxNames {
		delete(ss.named, s.names[0])
		s.names = slices.Delete(s.names, 0, 1)
	}
	ss.named[n] = s
	s.names = append(s.names, n)
}

func (s *session) drop(n name) {
	for i, m := range s.names {
		if m == n {
			s.names = append(s.names[:i], s.names[i+1:]...)
			return
		}
	}
}

// forget makes a session unfindable and closes it with an event.
func (ss *sessions) forget(s *session, reason string, at time.Time) {
	if !s.closed {
		ss.close(s, nil, observe.Exit{Reason: reason}, at)
	}
	for _, n := range s.names {
		if ss.named[n] == s {
			delete(ss.named, n)
		}
	}
	delete(ss.all, s)
}

// expire closes the sessions that have been silent for too long. A process ends by
// itself, however long it is silent, and so does a transcript, whose times are old.
func (ss *sessions) expire(now time.Time) {
	if ss.config.Clock == schema.ClockImported {
		return
	}
	for s := range ss.all {
		if s.transport != schema.TransportStdio && now.Sub(s.last) > ss.config.Idle {
			ss.forget(s, "idle", now)
		}
	}
}

func (ss *sessions) closeAll(reason string, now time.Time) {
	for s := range ss.all {
		ss.forget(s, reason, now)
	}
}

func (ss *sessions) evict() {
	var oldest *session
	for s := range ss.all {
		if oldest == nil || s.last.Before(oldest.last) {
			oldest = s
		}
	}
	ss.forget(oldest, "evicted", oldest.last)
}

// identify reads the credential of an HTTP exchange, once per credential.
func (ss *sessions) identify(x *exchange) {
	if x.HTTP == nil {
		if p := x.Process; p != nil {
			x.who.Principal = schema.Principal{Issuer: p.Host, Subject: p.User}
		}
		return
	}
	auth := x.Headers.Get("Authorization")
	id, known := ss.who[auth]
	if !known || auth == "" {
		id = ss.cleanIdentity(identity.Of(x.Headers, ss.config.Key))
		if len(ss.who) >= maxCredentials {
			clear(ss.who)
		}
		ss.who[auth] = id
	}
	x.who = id
}

// cleanIdentity cleans what a credential says: its claims are what somebody wrote.
func (ss *sessions) cleanIdentity(id identity.Identity) identity.Identity {
	p := &id.Principal
	p.Issuer, p.Subject, p.ClientID = ss.redactor.URL(p.Issuer), ss.cleanText(p.Subject), ss.cleanText(p.ClientID)
	id.Scopes = ss.cleanAll(slices.Clone(id.Scopes[:min(len(id.Scopes), schema.MaxScopes)]))
	for i := range id.Keys {
		id.Keys[i].Value = ss.cleanText(id.Keys[i].Value)
	}
	return id
}

// assign finds or opens the session of an HTTP exchange from the strongest thing
// its head and its first message show.
func (ss *sessions) assign(x *exchange, initialize bool, client string, at time.Time) {
	ss.identify(x)
	s := ss.find(x, initialize, client, at)
	x.session, x.handshake = s, initialize
	s.exchanges++
	x.number = s.exchanges
}

func (ss *sessions) find(x *exchange, initialize bool, client string, at time.Time) *session {
	if id := x.Headers.Get(observe.SessionHeader); id != "" {
		n := ss.protocolName(x, id)
		if s := ss.named[n]; s != nil {
			return s
		}
		s := ss.openHTTP(x, schema.BasisMCPSessionID, at)
		ss.call(s, n)
		return s
	}
	if s := ss.named[ss.streamName(x, x.HTTP.URL)]; s != nil {
		return s
	}
	if x.HTTP.Verb == http.MethodGet && x.status == http.StatusOK && isEventStream(x.contentType) {
		x.transport = schema.TransportSSE
		return ss.openHTTP(x, schema.BasisSSE, at)
	}
	// The same credential, peer and program, with and without the name that the
	// message claims: not every message of the modern era carries one.
	loose := name{basis: schema.BasisPrincipal, upstream: x.Upstream, principal: principalText(x.who.Principal),
		peer: x.Peer, agent: x.Headers.Get("User-Agent")}
	exact := loose
	exact.info = client
	s := ss.named[exact]
	if initialize || s == nil || at.Sub(s.last) > ss.config.Idle {
		if s != nil && !initialize {
			ss.forget(s, "idle", at)
		}
		s = ss.openHTTP(x, schema.BasisPrincipal, at)
		ss.call(s, exact)
	}
	if loose != exact && ss.named[loose] != s {
		ss.call(s, loose)
	}
	return s
}

func principalText(p schema.Principal) string {
	if p.Issuer == "" && p.Subject == "" && p.ClientID == "" {
		return p.Fingerprint
	}
	return p.Issuer + "|" + p.Subject + "|" + p.ClientID
}

func (ss *sessions) protocolName(x *exchange, id string) name {
	return name{basis: schema.BasisMCPSessionID, upstream: x.Upstream, principal: principalText(x.who.Principal),
		value: ss.prints.text(observe.SessionHeader, id)}
}

// streamName is the address that a legacy event stream told its client to post to.
// It holds a session id, so only its hash is kept.
func (ss *sessions) streamName(x *exchange, url string) name {
	return name{basis: schema.BasisSSE, upstream: x.Upstream, principal: principalText(x.who.Principal),
		value: ss.prints.text("endpoint", url)}
}

// bind gives a session the protocol's id that the answer to its handshake told.
func (ss *sessions) bind(x *exchange, id string) {
	s, n := x.session, ss.protocolName(x, id)
	if ss.named[n] == s {
		return
	}
	if s.basis == schema.BasisPrincipal {
		for _, old := range s.names {
			if ss.named[old] == s {
				delete(ss.named, old)
			}
		}
		s.names = nil
		s.basis = schema.BasisMCPSessionID
	}
	ss.call(s, n)
}

// openHTTP opens a session with its first event.
func (ss *sessions) openHTTP(x *exchange, basis schema.Basis, at time.Time) *session {
	s := ss.open(x, basis, at)
	agent, _ := ss.redactor.Header("User-Agent", x.Headers.Get("User-Agent"))
	e := ss.event(s, x, schema.KindOpen, at)
	e.Exchange = 0
	e.Payload = detail(struct {
		Path      string `json:"path"`
		UserAgent string `json:"user_agent,omitempty"`
	}{ss.redactor.Path(x.HTTP.URL), agent})
	e.Keys = append(e.Keys, x.who.Keys...)
	ss.record(s, e)
	ss.opened(s, at)
	return s
}

// close writes the last event of a session.
func (ss *sessions) close(s *session, x *exchange, exit observe.Exit, at time.Time) {
	e := ss.event(s, x, schema.KindClose, at)
	if s.transport == schema.TransportStdio && exit.Reason == "exit" {
		e.Payload = detail(struct {
			observe.Exit
			LeftOut []LeftOut `json:"left_out,omitempty"`
		}{exit, s.left})
	} else {
		e.Payload = detail(struct {
			Reason  string    `json:"reason"`
			LeftOut []LeftOut `json:"left_out,omitempty"`
		}{exit.Reason, s.left})
	}
	ss.record(s, e)
	s.closed = true
	ss.stats.Closed.Add(1)
}

func isEventStream(contentType string) bool {
	return strings.EqualFold(media(contentType), "text/event-stream")
}

// media is a content type without its parameters.
func media(contentType string) string {
	kind, _, _ := strings.Cut(contentType, ";")
	return strings.TrimSpace(kind)
}
