package interpret

import (
	"net/http"
	"slices"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/collector/journal"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/schema"
)

// assigner finds or opens the session of an exchange, and closes sessions.
type assigner struct {
	config  Config
	journal *journal.Journal
	clean   *journal.Cleaner
	registry
	// identities caches what credentials say, by the value of Authorization, so that a
	// token is decoded once.
	identities *simplelru.LRU[string, identity.Identity]
	prints     *fingerprints
	// unread are the sizes of what could not be read before any session opened.
	unread []uint64
}

const (
	// maxIdentities bounds the cache of decoded credentials.
	maxIdentities = 256
	// maxSessions bounds how many sessions are open at once; beyond it the one whose
	// last message is longest ago is closed.
	maxSessions = 10_000
)

// identify reads the credential of an HTTP exchange, once per credential.
func (a *assigner) identify(x *exchange) {
	if x.HTTP == nil {
		if p := x.Process; p != nil {
			x.who.Principal = schema.Principal{Issuer: p.Host, Subject: p.User}
		}
		return
	}
	auth := x.Headers.Get("Authorization")
	if auth == "" { // there may be another header
		x.who = a.cleanIdentity(identity.Of(x.Headers, a.config.Key))
		return
	}
	id, known := a.identities.Get(auth)
	if !known {
		id = a.cleanIdentity(identity.Of(x.Headers, a.config.Key))
		a.identities.Add(auth, id)
	}
	x.who = id
}

// cleanIdentity cleans what a credential says: its claims are what somebody wrote.
func (a *assigner) cleanIdentity(id identity.Identity) identity.Identity {
	p := &id.Principal
	p.Issuer, p.Subject, p.ClientID = a.clean.URL(p.Issuer), a.clean.Text(p.Subject), a.clean.Text(p.ClientID)
	id.Scopes = a.clean.Texts(slices.Clone(id.Scopes[:min(len(id.Scopes), schema.MaxScopes)]))
	for i := range id.Keys {
		id.Keys[i].Value = a.clean.Text(id.Keys[i].Value)
	}
	return id
}

// assign finds or opens the session of an HTTP exchange from the strongest evidence
// that its head and its first message show. client is the name that the message claims.
func (a *assigner) assign(x *exchange, initialize bool, client string, at time.Time) {
	a.identify(x)
	s := a.find(x, initialize, client, at)
	x.session, x.handshake = s, initialize
	s.exchanges++
	x.number = s.exchanges
}

func (a *assigner) find(x *exchange, initialize bool, client string, at time.Time) *session {
	if id := x.Headers.Get(observe.SessionHeader); id != "" {
		n := a.protocolName(x, id)
		s := a.named[n]
		if s == nil {
			s = a.openHTTP(x, schema.BasisMCPSessionID, at)
			a.setName(s, n)
		}
		return s
	}
	if s := a.named[a.streamName(x, x.HTTP.URL)]; s != nil {
		return s
	}
	if x.HTTP.Verb == http.MethodGet && x.status == http.StatusOK && isEventStream(x.contentType) {
		x.transport = schema.TransportSSE
		return a.openHTTP(x, schema.BasisSSE, at)
	}
	// The same credential, peer and program, with and without the name that the
	// message claims: not every message of the modern era carries one.
	loose := name{basis: schema.BasisPrincipal, upstream: x.Upstream, principal: principalText(x.who.Principal),
		peer: x.Peer, agent: x.Headers.Get("User-Agent")}
	exact := loose
	exact.info = client
	s := a.named[exact]
	if initialize || s == nil || at.Sub(s.last) > a.config.Idle {
		if s != nil && !initialize {
			a.evict(s, "idle", at)
		}
		s = a.openHTTP(x, schema.BasisPrincipal, at)
		a.setName(s, exact)
	}
	if loose != exact && a.named[loose] != s {
		a.setName(s, loose)
	}
	return s
}

func principalText(p schema.Principal) string {
	if p.Issuer == "" && p.Subject == "" && p.ClientID == "" {
		return p.Fingerprint
	}
	return p.Issuer + "|" + p.Subject + "|" + p.ClientID
}

// protocolName is the name of a session by its Mcp-Session-Id, of which only a keyed
// hash is kept.
func (a *assigner) protocolName(x *exchange, id string) name {
	return name{basis: schema.BasisMCPSessionID, upstream: x.Upstream, principal: principalText(x.who.Principal),
		value: a.prints.text(observe.SessionHeader, id)}
}

// streamName is the name of a session by the address that a legacy event stream gave
// its client to post to. It holds a session id, so only its hash is kept.
func (a *assigner) streamName(x *exchange, url string) name {
	return name{basis: schema.BasisSSE, upstream: x.Upstream, principal: principalText(x.who.Principal),
		value: a.prints.text("endpoint", url)}
}

// bind gives a session the protocol's id, which the answer to its handshake names.
func (a *assigner) bind(x *exchange, id string) {
	s, n := x.session, a.protocolName(x, id)
	if a.named[n] == s {
		return
	}
	if s.Basis == schema.BasisPrincipal {
		a.dropNames(s)
		s.Basis = schema.BasisMCPSessionID
	}
	a.setName(s, n)
}

// openProcess opens the session of a stdio process with its first event.
func (a *assigner) openProcess(x *exchange, at time.Time) {
	a.identify(x)
	x.session = a.openSession(x, schema.BasisStdio, at)
	e := draft(a.journal, x.session, x, schema.KindOpen, at)
	e.Keys = x.Process.Keys
	process := *x.Process
	process.Command, process.Dir = a.clean.Argv(process.Command), a.clean.Text(process.Dir)
	e.Payload = journal.Detail(process)
	a.journal.Record(x.session.Session, e)
	a.flushUnread(x.session, at)
}

// openHTTP opens a session with its first event.
func (a *assigner) openHTTP(x *exchange, basis schema.Basis, at time.Time) *session {
	s := a.openSession(x, basis, at)
	agent, _ := a.clean.Header("User-Agent", x.Headers.Get("User-Agent"))
	e := draft(a.journal, s, x, schema.KindOpen, at)
	e.Exchange = 0
	e.Payload = journal.Detail(struct {
		Path      string `json:"path"`
		UserAgent string `json:"user_agent,omitempty"`
	}{a.clean.Path(x.HTTP.URL), agent})
	e.Keys = append(e.Keys, x.who.Keys...)
	a.journal.Record(s.Session, e)
	a.flushUnread(s, at)
	return s
}

// openSession makes a session; its first event is the caller's.
func (a *assigner) openSession(x *exchange, basis schema.Basis, at time.Time) *session {
	if len(a.open) >= maxSessions {
		oldest := a.oldest()
		a.evict(oldest, "evicted", oldest.last)
	}
	s := &session{Session: a.journal.OpenSession(basis, x.transport, x.Upstream, at), last: at}
	a.add(s)
	return s
}

// close records the last event of a session. It stays known: messages that come later
// still belong to it.
func (a *assigner) close(s *session, x *exchange, exit observe.Exit, at time.Time) {
	e := draft(a.journal, s, x, schema.KindClose, at)
	if s.Transport == schema.TransportStdio && exit.Reason == "exit" {
		e.Payload = journal.Detail(struct {
			observe.Exit
			Excluded []journal.Excluded `json:"left_out,omitempty"`
		}{exit, s.Excluded()})
	} else {
		e.Payload = journal.Detail(struct {
			Reason   string             `json:"reason"`
			Excluded []journal.Excluded `json:"left_out,omitempty"`
		}{exit.Reason, s.Excluded()})
	}
	a.journal.Close(s.Session, e)
}

// evict closes a session, unless it is closed, and removes it.
func (a *assigner) evict(s *session, reason string, at time.Time) {
	if !s.Closed() {
		a.close(s, nil, observe.Exit{Reason: reason}, at)
	}
	a.remove(s)
}

// expire closes the sessions that have been idle for too long. A process ends by itself,
// however long it is idle, and so does a transcript, whose times are old.
func (a *assigner) expire(now time.Time) {
	if a.config.Clock == schema.ClockImported {
		return
	}
	for s := range a.open {
		if s.Transport != schema.TransportStdio && now.Sub(s.last) > a.config.Idle {
			a.evict(s, "idle", now)
		}
	}
}

func (a *assigner) closeAll(reason string, now time.Time) {
	for s := range a.open {
		a.evict(s, reason, now)
	}
}

// unreadable records a gap in every session that what could not be read may belong to.
func (a *assigner) unreadable(bytes uint64, at time.Time) {
	if len(a.open) == 0 {
		a.unread = append(a.unread, bytes)
	}
	for s := range a.open {
		a.recordUnreadable(s, bytes, at)
	}
}

// flushUnread records in the first session the gaps from before it.
func (a *assigner) flushUnread(s *session, at time.Time) {
	for _, bytes := range a.unread {
		a.recordUnreadable(s, bytes, at)
	}
	a.unread = nil
}

func (a *assigner) recordUnreadable(s *session, bytes uint64, at time.Time) {
	a.journal.RecordLoss(s.Session, draft(a.journal, s, nil, schema.KindGap, at), 1, bytes, "unreadable")
}
