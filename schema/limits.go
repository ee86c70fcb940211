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
	case long != nil:
		return long
	case e.Tenant == "":
		return fmt.Errorf("%w: no tenant", ErrInvalid)
	case e.Kind == "":
		return fmt.Errorf("%w: no kind", ErrInvalid)
	case e.Time < 0:
		return fmt.Errorf("%w: time %d lies before 1970", ErrInvalid, e.Time)
	case len(e.Payload) > MaxPayload:
		return fmt.Errorf("%w: payload has %d bytes, at most %d are allowed", ErrInvalid, len(e.Payload), MaxPayload)
	case len(e.Keys) > MaxKeys, len(e.Scopes) > MaxScopes, len(e.Redactions) > MaxRedactions:
		return fmt.Errorf("%w: %d keys, %d scopes, %d redactions, at most %d, %d, %d are allowed",
			ErrInvalid, len(e.Keys), len(e.Scopes), len(e.Redactions), MaxKeys, MaxScopes, MaxRedactions)
	case (e.Kind == KindGap) != (e.Gap != nil):
		return fmt.Errorf("%w: kind %q with gap %v", ErrInvalid, e.Kind, e.Gap != nil)
	case e.Gap != nil && e.Gap.To < e.Gap.From:
		return fmt.Errorf("%w: gap from %d to %d", ErrInvalid, e.Gap.From, e.Gap.To)
	}
	return nil
}

// Trim cuts what a peer made longer than an event can hold and flags the event as
// truncated if it cut anything. After it, only a mistake of ours fails Validate.
func (e *Event) Trim() {
	cut := false
	if len(e.Keys) > MaxKeys {
		e.Keys, cut = e.Keys[:MaxKeys], true
	}
	if len(e.Scopes) > MaxScopes {
		e.Scopes, cut = e.Scopes[:MaxScopes], true
	}
	if len(e.Redactions) > MaxRedactions {
		e.Redactions, cut = e.Redactions[:MaxRedactions], true
	}
	if len(e.Payload) > MaxPayload {
		e.Payload, cut = e.Payload[:MaxPayload], true
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
