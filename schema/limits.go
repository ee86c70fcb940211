package schema

import (
	"errors"
	"fmt"
	"strings"
)

// What an encoded event may hold. They bound what a decoder allocates, and they
// keep one hostile message from crowding out the rest.
const (
	MaxPayload = 8 << 20
	// MaxEncoded is the longest encoding of an event.
	MaxEncoded = MaxPayload + 2<<20
	// MaxName bounds names that people choose: tenant, client, server, upstream.
	MaxName = 512
	// MaxText bounds what messages carry: target, method, tokens, key values.
	MaxText       = 4096
	MaxKeys       = 64
	MaxScopes     = 256
	MaxRedactions = 1024
	// MaxCredentials, MaxDelegation and MaxAudience bound what version 2 added to who
	// acted.
	MaxCredentials = 32
	MaxDelegation  = 8
	MaxAudience    = 32
)

// ErrInvalid wraps every reason why an event is not one: keep the bytes aside as
// rejected and go on, the same bytes will never decode.
var ErrInvalid = errors.New("invalid event")

// Validate reports the first way in which e breaks the limits or the meaning of
// its fields. Every error wraps [ErrInvalid].
func (e *Event) Validate() error {
	var long error
	e.eachText(func(name string, text *string, limit int) {
		if len(*text) > limit && long == nil {
			long = fmt.Errorf("%w: %s has %d bytes, at most %d are allowed", ErrInvalid, name, len(*text), limit)
		}
	})
	switch {
	case e.Version < 1 || e.Version > Version:
		return fmt.Errorf("%w: version %d, this program knows 1 to %d", ErrInvalid, e.Version, Version)
	case long != nil:
		return long
	case e.Tenant == "":
		return fmt.Errorf("%w: no tenant", ErrInvalid)
	case e.Kind == "":
		return fmt.Errorf("%w: no kind", ErrInvalid)
	case e.Time < 0:
		return fmt.Errorf("%w: time %d lies before 1970", ErrInvalid, e.Time)
	case len(e.Payload)+e.sealed() > MaxPayload:
		return fmt.Errorf("%w: payload and sealed values have %d bytes, at most %d are allowed", ErrInvalid, len(e.Payload)+e.sealed(), MaxPayload)
	case (e.Kind == KindGap) != (e.Gap != nil):
		return fmt.Errorf("%w: kind %q with gap %v", ErrInvalid, e.Kind, e.Gap != nil)
	}
	for _, list := range []struct {
		name      string
		len, most int
	}{
		{"keys", len(e.Keys), MaxKeys}, {"scopes", len(e.Scopes), MaxScopes}, {"redactions", len(e.Redactions), MaxRedactions},
		{"credentials", len(e.Principal.Credentials), MaxCredentials}, {"delegation", len(e.Delegation), MaxDelegation},
		{"audience", len(e.Token.Audience), MaxAudience},
	} {
		if list.len > list.most {
			return fmt.Errorf("%w: %d %s, at most %d are allowed", ErrInvalid, list.len, list.name, list.most)
		}
	}
	if e.Version == 1 {
		if name := e.beyondVersion1(); name != "" {
			return fmt.Errorf("%w: %s is set, which version 1 does not have", ErrInvalid, name)
		}
	}
	return e.validateGap()
}

// validateGap checks the shapes that [Gap] describes. Version 1 did not check the count.
func (e *Event) validateGap() error {
	g := e.Gap
	switch {
	case g == nil:
		return nil
	case e.Version >= 2 && g.Window < 0:
		return fmt.Errorf("%w: gap with a window of %d ns", ErrInvalid, g.Window)
	case e.Version >= 2 && g.Count == 0:
		if g.From == 0 || g.From != e.Seq || g.To != g.From-1 || g.AtMost == 0 && g.Window == 0 {
			return fmt.Errorf("%w: gap without a count in event %d: from %d to %d, at most %d in %d ns", ErrInvalid, e.Seq, g.From, g.To, g.AtMost, g.Window)
		}
	case g.To < g.From:
		return fmt.Errorf("%w: gap from %d to %d", ErrInvalid, g.From, g.To)
	case e.Version >= 2 && (g.Count != g.To-g.From+1 || g.AtMost != 0):
		return fmt.Errorf("%w: gap from %d to %d counts %d, at most %d", ErrInvalid, g.From, g.To, g.Count, g.AtMost)
	}
	return nil
}

// sealed is the size of all sealed values.
func (e *Event) sealed() (bytes int) {
	for i := range e.Redactions {
		bytes += len(e.Redactions[i].Sealed)
	}
	return bytes
}

// beyondVersion1 names a field of version 2 that is set; empty where none is.
func (e *Event) beyondVersion1() string {
	p, t := &e.Principal, &e.Token
	switch {
	case p.Name != "" || len(p.Credentials) > 0:
		return "principal name or credentials"
	case len(e.Delegation) > 0:
		return "delegation"
	case len(t.Audience) > 0 || t.ID != "" || t.IssuedAt != 0 || t.ExpiresAt != 0 || t.Binding != "":
		return "token"
	case e.Charset != "":
		return "charset"
	case e.Waited != 0:
		return "waited"
	case e.Refusal != "":
		return "refusal"
	case e.BodyKey != "":
		return "body key"
	case e.Gap != nil && (e.Gap.AtMost != 0 || e.Gap.Window != 0):
		return "bound of a gap"
	case e.sealed() > 0:
		return "sealed value"
	}
	return ""
}

// Trim cuts what a peer made longer than an event can hold and flags the event as
// truncated if it cut anything. After it, only a mistake of ours fails Validate.
func (e *Event) Trim() {
	cut := false
	cut = trim(&e.Keys, MaxKeys) || cut
	cut = trim(&e.Scopes, MaxScopes) || cut
	cut = trim(&e.Redactions, MaxRedactions) || cut
	cut = trim(&e.Principal.Credentials, MaxCredentials) || cut
	cut = trim(&e.Delegation, MaxDelegation) || cut
	cut = trim(&e.Token.Audience, MaxAudience) || cut
	cut = trim(&e.Payload, MaxPayload) || cut
	// A part of a sealed value opens to nothing, so the last ones go whole.
	for i, rest := len(e.Redactions)-1, len(e.Payload)+e.sealed()-MaxPayload; rest > 0; i-- {
		rest -= len(e.Redactions[i].Sealed)
		e.Redactions[i].Sealed, cut = nil, true
	}
	e.eachText(func(_ string, text *string, limit int) {
		if len(*text) > limit {
			*text, cut = strings.Clone((*text)[:limit]), true // what is kept must not hold the rest
		}
	})
	if cut {
		e.Flags |= FlagTruncated
	}
}

// trim cuts a list to most elements and reports whether it was longer.
func trim[T any](list *[]T, most int) bool {
	if len(*list) <= most {
		return false
	}
	*list = (*list)[:most]
	return true
}

// eachText visits every text of the event with its limit; the one place for both.
func (e *Event) eachText(visit func(name string, text *string, limit int)) {
	visit("tenant", &e.Tenant, MaxName)
	visit("collector id", &e.CollectorID, MaxName)
	visit("basis", (*string)(&e.Basis), MaxName)
	visit("clock", (*string)(&e.Clock), MaxName)
	visit("kind", (*string)(&e.Kind), MaxName)
	visit("direction", (*string)(&e.Direction), MaxName)
	visit("method", &e.Method, MaxText)
	visit("rpc id", &e.RPCID, MaxText)
	visit("target", &e.Target, MaxText)
	visit("outcome", (*string)(&e.Outcome), MaxName)
	visit("operation", &e.Operation, MaxText)
	visit("progress token", &e.ProgressToken, MaxText)
	visit("task id", &e.TaskID, MaxText)
	visit("trace id", &e.TraceID, MaxName)
	visit("span id", &e.SpanID, MaxName)
	for i := range e.Keys {
		k := &e.Keys[i]
		visit("key name", &k.Name, MaxName)
		visit("key value", &k.Value, MaxText)
		visit("key place", &k.Where, MaxName)
	}
	visit("issuer", &e.Principal.Issuer, MaxText)
	visit("subject", &e.Principal.Subject, MaxText)
	visit("client id", &e.Principal.ClientID, MaxText)
	visit("fingerprint", &e.Principal.Fingerprint, MaxName)
	visit("principal name", &e.Principal.Name, MaxText)
	for i := range e.Principal.Credentials {
		c := &e.Principal.Credentials[i]
		visit("credential place", &c.Where, MaxName)
		visit("credential name", &c.Name, MaxName)
		visit("credential fingerprint", &c.Fingerprint, MaxName)
	}
	for i := range e.Delegation {
		p := &e.Delegation[i]
		visit("actor issuer", &p.Issuer, MaxText)
		visit("actor subject", &p.Subject, MaxText)
		visit("actor client id", &p.ClientID, MaxText)
	}
	for i := range e.Token.Audience {
		visit("audience", &e.Token.Audience[i], MaxText/4)
	}
	visit("token id", &e.Token.ID, MaxName)
	visit("token binding", &e.Token.Binding, MaxName)
	visit("charset", &e.Charset, MaxName)
	visit("refusal", &e.Refusal, MaxName)
	visit("body key", &e.BodyKey, MaxName)
	for i := range e.Scopes {
		visit("scope", &e.Scopes[i], MaxName)
	}
	visit("client name", &e.ClientName, MaxName)
	visit("client version", &e.ClientVersion, MaxName)
	visit("server name", &e.ServerName, MaxName)
	visit("server version", &e.ServerVersion, MaxName)
	visit("protocol version", &e.ProtocolVersion, MaxName)
	visit("transport", (*string)(&e.Transport), MaxName)
	visit("upstream", &e.Upstream, MaxName)
	visit("peer", &e.Peer, MaxName)
	for i := range e.Redactions {
		r := &e.Redactions[i]
		visit("redaction pointer", &r.Pointer, MaxText/4)
		visit("redaction rule", &r.Rule, MaxName/4)
		visit("redaction token", &r.Token, MaxName/4)
	}
	if e.Gap != nil {
		visit("gap reason", &e.Gap.Reason, MaxName)
	}
}
