package schema

import (
	"errors"
	"fmt"
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
	if e.Version < 1 || e.Version > Version {
		return fmt.Errorf("%w: version %d, this program knows 1 to %d", ErrInvalid, e.Version, Version)
	}
	for _, f := range fields {
		if err := f.exceeds(e); err != nil {
			return err
		}
	}
	if e.Version < Version {
		for _, f := range fields {
			if column := f.beyond(e, e.Version); column != "" {
				return fmt.Errorf("%w: %s is set, which version %d does not have", ErrInvalid, column, e.Version)
			}
		}
	}
	return e.validateMeaning()
}

// validateMeaning checks what an encoding can break: limits and versions it cannot.
func (e *Event) validateMeaning() error {
	switch {
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

// Trim cuts what a peer made longer than an event can hold and flags the event as
// truncated if it cut anything. After it, only a mistake of ours fails Validate.
func (e *Event) Trim() {
	trimmed := cut(&e.Payload, MaxPayload)
	// A part of a sealed value opens to nothing, so the last ones go whole.
	for i, rest := len(e.Redactions)-1, len(e.Payload)+e.sealed()-MaxPayload; rest > 0; i-- {
		rest -= len(e.Redactions[i].Sealed)
		e.Redactions[i].Sealed, trimmed = nil, true
	}
	for _, f := range fields {
		trimmed = f.trim(e) || trimmed
	}
	if trimmed {
		e.Flags |= FlagTruncated
	}
}
