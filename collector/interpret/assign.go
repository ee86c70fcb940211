package interpret

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/collector/journal"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/schema"
)

// assigner finds or opens the session of an exchange, and closes sessions. It makes the
// first and the last event of each.
type assigner struct {
	config  Config
	journal *journal.Journal
	clean   *journal.Cleaner
	registry
	// identities caches cleaned identities by the hash of all credentials of a request, so
	// that a token is decoded once.
	identities *simplelru.LRU[[32]byte, identity.Identity]
	// signatures holds the fingerprint of the first token over the same bytes.
	signatures *simplelru.LRU[string, string]
	prints     *fingerprints
	// unread are the sizes, in bytes, of what could not be read before any session opened.
	unread []uint64
}

// maxIdentities bounds the cache of decoded credentials.
const maxIdentities = 256

// maxSignatures bounds how many tokens are known by what their signature is over.
const maxSignatures = 4096

// identify reads the credentials of an HTTP exchange. Of a process it is the user who
// runs it.
func (a *assigner) identify(x *exchange) {
	if x.HTTP == nil {
		if p := x.Process; p != nil {
			x.who.Principal = schema.Principal{Issuer: p.Host, Subject: p.User}
		}
		return
	}
	x.who = a.identity(identity.Present(x.Headers, x.HTTP.URL))
	x.ambiguous = x.who.Ambiguous || x.Headers.Several(observe.SessionHeader)
}

// identity reads who presents credentials, once per set of them: decoding a token costs more
// than the rest of the assignment.
func (a *assigner) identity(p identity.Presented) identity.Identity {
	sum := p.Sum()
	id, known := a.identities.Get(sum)
	if !known {
		id = a.cleanIdentity(p.Identity(a.config.Key))
		a.separateForged(&id)
		a.identities.Add(sum, id)
	}
	return id
}

// separateForged takes a token for a caller of its own whose claims were seen, byte for
// byte, under another signature: nobody renews a token so.
func (a *assigner) separateForged(id *identity.Identity) {
	if id.Signed == "" {
		return
	}
	switch first, known := a.signatures.Get(id.Signed); {
	case !known:
		a.signatures.Add(id.Signed, id.Principal.Fingerprint)
	case first != id.Principal.Fingerprint:
		id.Alone, id.WithID, id.WithAddress = id.Exact, id.Exact, id.Exact
	}
}

// cleanIdentity cleans the claims of a credential, which are free text.
func (a *assigner) cleanIdentity(id identity.Identity) identity.Identity {
	p := &id.Principal
	p.Issuer, p.Subject, p.ClientID = a.clean.URL(p.Issuer), a.clean.Text(p.Subject), a.clean.Text(p.ClientID)
	p.Name = a.clean.Text(p.Name)
	for i := range p.Credentials {
		p.Credentials[i].Name = a.clean.Text(p.Credentials[i].Name)
	}
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

// find looks for evidence from the strongest to the weakest, and opens a session with what
// it finds:
//
//  1. the protocol's session id, with the principal: an id in other hands is another session;
//  2. the address that a legacy event stream gave to its client;
//  3. an event stream that a GET opens without either: a legacy stream, a new session;
//  4. principal, peer and program, until it was idle for too long. An initialize request
//     always begins a new one.
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
	loose := name{basis: schema.BasisPrincipal, upstream: x.Upstream, principal: caller(&x.who, schema.BasisPrincipal),
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
	// The newest session with that name is the one that a message without a name continues.
	if loose != exact && a.named[loose] != s {
		a.setName(s, loose)
	}
	return s
}

// caller is what makes two callers the same for a name of that basis.
func caller(id *identity.Identity, basis schema.Basis) string {
	switch basis {
	case schema.BasisMCPSessionID:
		return id.WithID
	case schema.BasisSSE:
		return id.WithAddress
	}
	return id.Alone
}

// protocolName is the name of a session by its Mcp-Session-Id, of which only a keyed
// hash is kept.
func (a *assigner) protocolName(x *exchange, id string) name {
	return name{basis: schema.BasisMCPSessionID, upstream: x.Upstream, principal: caller(&x.who, schema.BasisMCPSessionID),
		value: a.prints.text(observe.SessionHeader, id)}
}

// streamName is the name of a session by the address that a legacy event stream gave
// its client to post to. It holds a session id, so only its hash is kept.
func (a *assigner) streamName(x *exchange, url string) name {
	return name{basis: schema.BasisSSE, upstream: x.Upstream, principal: caller(&x.who, schema.BasisSSE),
		value: a.prints.text("endpoint", url)}
}

// bind gives a session the protocol's id, which the answer to its handshake names. It is
// no longer found by weaker evidence: an exchange without the id is another conversation.
func (a *assigner) bind(x *exchange, id string) {
	s, n := x.session, a.protocolName(x, id)
	if a.named[n] == s {
		return
	}
	// A legacy event stream stays what it is: its address found it, and goes on to.
	if s.Basis == schema.BasisPrincipal {
		a.dropNames(s)
		s.Basis = schema.BasisMCPSessionID
	}
	a.setName(s, n)
}

// addCookies has a session found by its names with the cookies that an answer sets, in
// lines: the client sends them from now on.
func (a *assigner) addCookies(x *exchange, lines string) {
	next := a.identity(identity.Present(x.Headers, x.HTTP.URL).WithCookies(strings.Split(lines, "\n")))
	for _, n := range slices.Clone(x.session.names) {
		if n.principal == caller(&x.who, n.basis) {
			n.principal = caller(&next, n.basis)
			a.setName(x.session, n)
		}
	}
}
