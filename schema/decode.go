package schema

import (
	"bytes"
	"fmt"
	"io"

	"github.com/google/uuid"
	"github.com/vmihailenco/msgpack/v5"
)

// Decode reads the canonical bytes of one event. Payload aliases data. Every error
// wraps [ErrInvalid]. Bytes that are not the one encoding of the event they
// describe are refused, so what decodes can be hashed again.
func Decode(data []byte) (*Event, error) {
	if len(data) > MaxEncoded {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrInvalid, len(data), MaxEncoded)
	}
	e := new(Event)
	r := reader{data: data, rest: bytes.NewReader(data)}
	dec := msgpack.GetDecoder()
	defer msgpack.PutDecoder(dec)
	dec.Reset(r.rest)
	r.Decoder = dec
	r.event(e)
	if r.err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, r.err)
	}
	if n := r.rest.Len(); n > 0 {
		return nil, fmt.Errorf("%w: %d bytes after its end", ErrInvalid, n)
	}
	if err := e.Validate(); err != nil {
		return nil, err
	}
	if !bytes.Equal(e.Append(make([]byte, 0, len(data))), data) {
		return nil, fmt.Errorf("%w: not in canonical form", ErrInvalid)
	}
	return e, nil
}

// reader decodes one event; after the first error it returns zero values.
type reader struct {
	*msgpack.Decoder
	data []byte
	rest *bytes.Reader
	err  error
}

func (r *reader) event(e *Event) {
	r.array("event", fieldsV1, fieldsV1)
	if v := r.uint(); r.err == nil && v != Version {
		r.err = fmt.Errorf("version %d, this program reads up to %d", v, Version)
	}

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
	e.HTTPStatus = uint16(r.uint())
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
	if n := r.array("keys", 0, 3*MaxKeys) / 3; n > 0 {
		e.Keys = make([]Key, n)
		for i := range e.Keys {
			e.Keys[i] = Key{Name: r.text(), Value: r.text(), Where: r.text()}
		}
	}

	e.Principal = Principal{Issuer: r.text(), Subject: r.text(), ClientID: r.text(), Fingerprint: r.text(), Verified: r.bool()}
	if n := r.array("scopes", 0, MaxScopes); n > 0 {
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
	if n := r.array("redactions", 0, 4*MaxRedactions) / 4; n > 0 {
		e.Redactions = make([]Redaction, n)
		for i := range e.Redactions {
			e.Redactions[i] = Redaction{Pointer: r.text(), Rule: r.text(), Length: r.uint(), Token: r.text()}
		}
	}
	e.Policy = r.hash()

	e.Gap = r.gap()
}

func (r *reader) gap() *Gap {
	if r.isNil() {
		return nil
	}
	r.array("gap", 5, 5)
	return &Gap{From: r.uint(), To: r.uint(), Count: r.uint(), Bytes: r.uint(), Reason: r.text()}
}

// array reads an array's length and refuses one outside the bounds or longer than
// the bytes that are left: nothing is allocated on the word of a header.
func (r *reader) array(name string, least, most int) int {
	if r.err != nil {
		return 0
	}
	var n int
	if n, r.err = r.DecodeArrayLen(); r.err != nil {
		return 0
	}
	if n < least || n > most || n > r.rest.Len() {
		r.err = fmt.Errorf("%s has %d elements", name, n)
		return 0
	}
	return n
}

// bytes returns a part of the input, not a copy.
func (r *reader) bytes(most int) []byte {
	if r.err != nil {
		return nil
	}
	var n int
	if n, r.err = r.DecodeBytesLen(); r.err != nil || n <= 0 {
		return nil
	}
	if n > most || n > r.rest.Len() {
		r.err = fmt.Errorf("text of %d bytes with %d bytes left", n, r.rest.Len())
		return nil
	}
	at := len(r.data) - r.rest.Len()
	_, r.err = r.rest.Seek(int64(n), io.SeekCurrent)
	return r.data[at : at+n : at+n]
}

func (r *reader) text() string { return string(r.bytes(MaxText)) }

func (r *reader) hash() (h Hash) {
	if r.isNil() {
		return h
	}
	if b := r.bytes(len(h)); r.err == nil && copy(h[:], b) != len(h) {
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
	at := len(r.data) - r.rest.Len()
	if r.err != nil || at >= len(r.data) || r.data[at] != 0xc0 {
		return false
	}
	r.err = r.DecodeNil()
	return true
}

func (r *reader) uint() (n uint64) {
	if r.err == nil {
		n, r.err = r.DecodeUint64()
	}
	return n
}

func (r *reader) int() (n int64) {
	if r.err == nil {
		n, r.err = r.DecodeInt64()
	}
	return n
}

func (r *reader) bool() (b bool) {
	if r.err == nil {
		b, r.err = r.DecodeBool()
	}
	return b
}
