package schema

import (
	"errors"
	"fmt"

	"github.com/google/uuid"
)

// Decode reads the canonical bytes of one event. Payload aliases data. Every error
// wraps [ErrInvalid]. Bytes that are not the one encoding of the event they
// describe are refused, so what decodes can be hashed again.
func Decode(data []byte) (*Event, error) {
	if len(data) > MaxEncoded {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrInvalid, len(data), MaxEncoded)
	}
	e := new(Event)
	r := reader{data: data}
	if len(data) <= shareBelow {
		r.shared = string(data)
	}
	r.event(e)
	if r.err != nil {
		return nil, fmt.Errorf("%w: byte %d: %w", ErrInvalid, r.at, r.err)
	}
	if n := r.left(); n > 0 {
		return nil, fmt.Errorf("%w: %d bytes after its end", ErrInvalid, n)
	}
	if err := e.Validate(); err != nil {
		return nil, err
	}
	return e, nil
}

// shareBelow is the size of an event up to which its texts share one copy of it.
const shareBelow = 4 << 10

// reader decodes one event. It takes each value only in the form that the encoder
// gives it, the shortest. After the first error it returns zero values.
type reader struct {
	data   []byte
	at     int
	shared string
	err    error
}

func (r *reader) event(e *Event) {
	second := r.version(e)

	e.Tenant = r.text()
	e.CollectorID = r.text()
	e.Epoch = r.uuid()
	e.CollectorSeq = r.uint()
	e.SessionID = r.uuid()
	e.Seq = r.uint()
	e.Prev = r.hash()
	e.Basis = Basis(r.text())

	e.Time = r.int()
	e.Mono = r.int()
	e.Clock = Clock(r.text())

	e.Kind = Kind(r.text())
	e.Direction = Direction(r.text())
	e.Method = r.text()
	e.RPCID = r.text()
	e.Target = r.text()
	e.Outcome = Outcome(r.text())
	e.ErrorCode = r.int()
	e.HTTPStatus = r.uint16()
	e.Flags = Flag(r.uint())

	e.Exchange = r.uint()
	e.RequestSeq = r.uint()
	e.Duration = r.int()
	e.Operation = r.text()
	e.ProgressToken = r.text()
	e.TaskID = r.text()
	e.RequestState = r.hash()
	e.SSEID = r.hash()
	e.TraceID = r.text()
	e.SpanID = r.text()
	if n := r.list("keys", 3, MaxKeys); n > 0 {
		e.Keys = make([]Key, n)
		for i := range e.Keys {
			e.Keys[i] = Key{Name: r.text(), Value: r.text(), Where: r.text()}
		}
	}

	e.Principal = Principal{Issuer: r.text(), Subject: r.text(), ClientID: r.text(), Fingerprint: r.text(), Verified: r.bool()}
	if n := r.list("scopes", 1, MaxScopes); n > 0 {
		e.Scopes = make([]string, n)
		for i := range e.Scopes {
			e.Scopes[i] = r.text()
		}
	}
	e.ClientName = r.text()
	e.ClientVersion = r.text()
	e.ServerName = r.text()
	e.ServerVersion = r.text()
	e.ProtocolVersion = r.text()
	e.Transport = Transport(r.text())
	e.Upstream = r.text()
	e.Peer = r.text()

	e.Payload = r.bytes(MaxPayload)
	e.Size = r.uint()
	e.Commitment = r.hash()
	e.Redactions = r.redactions(second)
	e.Policy = r.hash()

	e.Gap = r.gap(second)
	if second {
		r.secondVersion(e)
	}
}

// version reads the beginning of an event and reports whether its version is 2.
func (r *reader) version(e *Event) (second bool) {
	n := r.array("event", 1, len(r.data))
	v := r.uint()
	want := fieldsV1
	switch {
	case r.err != nil:
		return false
	case v < 1 || v > Version:
		r.err = fmt.Errorf("version %d, this program reads 1 to %d", v, Version)
		return false
	case v >= 2:
		second, want = true, fieldsV2
	}
	if n != want {
		r.err = fmt.Errorf("%d elements, an event of version %d has %d", n, v, want)
	}
	e.Version = uint8(v)
	return second
}

func (r *reader) redactions(second bool) []Redaction {
	elements := redactionV1
	if second {
		elements = redactionV2
	}
	n := r.list("redactions", elements, MaxRedactions)
	if n == 0 {
		return nil
	}
	all := make([]Redaction, n)
	for i := range all {
		all[i] = Redaction{Pointer: r.text(), Rule: r.text(), Length: r.uint(), Token: r.text()}
		if second {
			all[i].Sealed = r.bytes(MaxPayload)
		}
	}
	return all
}

func (r *reader) gap(second bool) *Gap {
	if r.isNil() {
		return nil
	}
	elements := gapV1
	if second {
		elements = gapV2
	}
	r.array("gap", elements, elements)
	g := &Gap{From: r.uint(), To: r.uint(), Count: r.uint(), Bytes: r.uint(), Reason: r.text()}
	if second {
		g.AtMost, g.Window = r.uint(), r.int()
	}
	return g
}

// secondVersion reads what version 2 appends.
func (r *reader) secondVersion(e *Event) {
	e.Principal.Name = r.text()
	if n := r.list("credentials", 3, MaxCredentials); n > 0 {
		e.Principal.Credentials = make([]Credential, n)
		for i := range e.Principal.Credentials {
			e.Principal.Credentials[i] = Credential{Where: r.text(), Name: r.text(), Fingerprint: r.text()}
		}
	}
	if n := r.list("delegation", 3, MaxDelegation); n > 0 {
		e.Delegation = make([]Party, n)
		for i := range e.Delegation {
			e.Delegation[i] = Party{Issuer: r.text(), Subject: r.text(), ClientID: r.text()}
		}
	}
	if n := r.list("audience", 1, MaxAudience); n > 0 {
		e.Token.Audience = make([]string, n)
		for i := range e.Token.Audience {
			e.Token.Audience[i] = r.text()
		}
	}
	e.Token.ID = r.text()
	e.Token.IssuedAt, e.Token.ExpiresAt = r.int(), r.int()
	e.Token.Binding = r.text()
	e.Charset = r.text()
	e.Waited = r.int()
	e.Refusal = r.text()
	e.BodyKey = r.text()
}

func (r *reader) left() int { return len(r.data) - r.at }

// array reads an array's length and refuses one outside the bounds or longer than
// the bytes that are left: nothing is allocated on the word of a header.
func (r *reader) array(name string, least, most int) int {
	n := r.length(0x90, 15, 0, 0xdc, 0xdd)
	if r.err == nil && (n < least || n > most || n > r.left()) {
		r.err = fmt.Errorf("%s has %d elements", name, n)
	}
	if r.err != nil {
		return 0
	}
	return n
}

// list reads the header of a list of at most so many entries of that many elements
// each, and returns how many entries there are.
func (r *reader) list(name string, elements, most int) int {
	n := r.array(name, 0, elements*most)
	if n%elements != 0 {
		r.err = fmt.Errorf("%s has %d elements, not a multiple of %d", name, n, elements)
		return 0
	}
	return n / elements
}

// take returns the next n bytes of the input, not a copy.
func (r *reader) take(n, most int) []byte {
	if r.err == nil && (n > most || n > r.left()) {
		r.err = fmt.Errorf("text of %d bytes with %d bytes left", n, r.left())
	}
	if r.err != nil || n == 0 {
		return nil
	}
	r.at += n
	return r.data[r.at-n : r.at : r.at]
}

func (r *reader) bytes(most int) []byte { return r.take(r.length(0, -1, 0xc4, 0xc5, 0xc6), most) }

func (r *reader) text() string {
	b := r.take(r.length(0xa0, 31, 0xd9, 0xda, 0xdb), MaxText)
	if r.shared != "" {
		return r.shared[r.at-len(b) : r.at]
	}
	return string(b)
}

func (r *reader) hash() (h Hash) {
	if r.isNil() {
		return h
	}
	if b := r.bytes(len(h)); r.err == nil && (copy(h[:], b) != len(h) || h == Hash{}) {
		r.err = fmt.Errorf("hash of %d bytes", len(b))
	}
	return h
}

func (r *reader) uuid() (u uuid.UUID) {
	if b := r.bytes(len(u)); r.err == nil && copy(u[:], b) != len(u) {
		r.err = fmt.Errorf("uuid of %d bytes", len(b))
	}
	return u
}

func (r *reader) isNil() bool {
	if r.err != nil || r.left() == 0 || r.data[r.at] != 0xc0 {
		return false
	}
	r.at++
	return true
}

func (r *reader) bool() bool {
	c := r.code()
	if r.err == nil && c != 0xc2 && c != 0xc3 {
		r.err = fmt.Errorf("%#x where true or false must be", c)
	}
	return c == 0xc3
}

func (r *reader) uint() uint64 {
	n, negative := r.number()
	if negative && r.err == nil {
		r.err = errors.New("negative number")
	}
	return n
}

func (r *reader) uint16() uint16 {
	n := r.uint()
	if n > 1<<16-1 && r.err == nil {
		r.err = errors.New("number over 16 bits")
	}
	return uint16(n)
}

func (r *reader) int() int64 {
	n, negative := r.number()
	if !negative && n > 1<<63-1 && r.err == nil {
		r.err = errors.New("number over 63 bits")
	}
	return int64(n)
}
