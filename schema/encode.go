package schema

import (
	"crypto/sha256"

	"github.com/google/uuid"
	"github.com/vmihailenco/msgpack/v5"
)

// How many elements an event has in each version, and within it each redaction and
// the gap. Those of a version never change.
const (
	fieldsV1, redactionV1, gapV1 = 54, 4, 5
	fieldsV2, redactionV2, gapV2 = 66, 5, 7
)

// Append adds the canonical bytes of e, in the encoding of its version, to dst and
// returns the extended slice. It does not check e, see [Event.Validate]: an event of an
// invalid version gets bytes that [Decode] refuses.
func (e *Event) Append(dst []byte) []byte {
	enc := msgpack.GetEncoder()
	defer msgpack.PutEncoder(enc)
	w := writer{Encoder: enc, out: appender(dst)}
	enc.Reset(&w.out)
	enc.UseCompactInts(true)
	w.event(e)
	return w.out
}

// LeafHash is the hash that seals and the chain use: SHA-256 over a zero byte and
// the canonical bytes of an event, as in RFC 6962.
func LeafHash(canonical []byte) Hash {
	h := sha256.New()
	h.Write([]byte{0})
	h.Write(canonical)
	var sum Hash
	h.Sum(sum[:0])
	return sum
}

// appender collects what the encoder writes; it cannot fail, which is why the
// writer drops the encoder's errors.
type appender []byte

func (a *appender) Write(p []byte) (int, error) {
	*a = append(*a, p...)
	return len(p), nil
}

func (a *appender) WriteByte(b byte) error {
	*a = append(*a, b)
	return nil
}

type writer struct {
	*msgpack.Encoder
	out appender
}

func (w *writer) event(e *Event) {
	second := e.Version >= 2
	if second {
		_ = w.EncodeArrayLen(fieldsV2)
	} else {
		_ = w.EncodeArrayLen(fieldsV1)
	}
	w.uint(uint64(e.Version))

	w.text(e.Tenant)
	w.text(e.CollectorID)
	w.uuid(e.Epoch)
	w.uint(e.CollectorSeq)
	w.uuid(e.SessionID)
	w.uint(e.Seq)
	w.hash(e.Prev)
	w.text(string(e.Basis))

	w.int(e.Time)
	w.int(e.Mono)
	w.text(string(e.Clock))

	w.text(string(e.Kind))
	w.text(string(e.Direction))
	w.text(e.Method)
	w.text(e.RPCID)
	w.text(e.Target)
	w.text(string(e.Outcome))
	w.int(e.ErrorCode)
	w.uint(uint64(e.HTTPStatus))
	w.uint(uint64(e.Flags))

	w.uint(e.Exchange)
	w.uint(e.RequestSeq)
	w.int(e.Duration)
	w.text(e.Operation)
	w.text(e.ProgressToken)
	w.text(e.TaskID)
	w.hash(e.RequestState)
	w.hash(e.SSEID)
	w.text(e.TraceID)
	w.text(e.SpanID)
	_ = w.EncodeArrayLen(3 * len(e.Keys))
	for _, k := range e.Keys {
		w.text(k.Name)
		w.text(k.Value)
		w.text(k.Where)
	}

	w.text(e.Principal.Issuer)
	w.text(e.Principal.Subject)
	w.text(e.Principal.ClientID)
	w.text(e.Principal.Fingerprint)
	_ = w.EncodeBool(e.Principal.Verified)
	_ = w.EncodeArrayLen(len(e.Scopes))
	for _, s := range e.Scopes {
		w.text(s)
	}
	w.text(e.ClientName)
	w.text(e.ClientVersion)
	w.text(e.ServerName)
	w.text(e.ServerVersion)
	w.text(e.ProtocolVersion)
	w.text(string(e.Transport))
	w.text(e.Upstream)
	w.text(e.Peer)

	w.bytes(e.Payload)
	w.uint(e.Size)
	w.hash(e.Commitment)
	w.redactions(e.Redactions, second)
	w.hash(e.Policy)

	w.gap(e.Gap, second)
	if second {
		w.secondVersion(e)
	}
}

// secondVersion writes what version 2 appends.
func (w *writer) secondVersion(e *Event) {
	w.text(e.Principal.Name)
	_ = w.EncodeArrayLen(3 * len(e.Principal.Credentials))
	for _, c := range e.Principal.Credentials {
		w.text(c.Where)
		w.text(c.Name)
		w.text(c.Fingerprint)
	}
	_ = w.EncodeArrayLen(3 * len(e.Delegation))
	for _, p := range e.Delegation {
		w.text(p.Issuer)
		w.text(p.Subject)
		w.text(p.ClientID)
	}
	_ = w.EncodeArrayLen(len(e.Token.Audience))
	for _, a := range e.Token.Audience {
		w.text(a)
	}
	w.text(e.Token.ID)
	w.int(e.Token.IssuedAt)
	w.int(e.Token.ExpiresAt)
	w.text(e.Token.Binding)
	w.text(e.Charset)
	w.int(e.Waited)
	w.text(e.Refusal)
	w.text(e.BodyKey)
}

func (w *writer) redactions(all []Redaction, second bool) {
	elements := redactionV1
	if second {
		elements = redactionV2
	}
	_ = w.EncodeArrayLen(elements * len(all))
	for i := range all {
		r := &all[i]
		w.text(r.Pointer)
		w.text(r.Rule)
		w.uint(r.Length)
		w.text(r.Token)
		if second {
			w.bytes(r.Sealed)
		}
	}
}

func (w *writer) gap(g *Gap, second bool) {
	if g == nil {
		_ = w.EncodeNil()
		return
	}
	elements := gapV1
	if second {
		elements = gapV2
	}
	_ = w.EncodeArrayLen(elements)
	w.uint(g.From)
	w.uint(g.To)
	w.uint(g.Count)
	w.uint(g.Bytes)
	w.text(g.Reason)
	if second {
		w.uint(g.AtMost)
		w.int(g.Window)
	}
}

func (w *writer) uint(n uint64)    { _ = w.EncodeUint(n) }
func (w *writer) int(n int64)      { _ = w.EncodeInt(n) }
func (w *writer) text(s string)    { _ = w.EncodeString(s) }
func (w *writer) uuid(u uuid.UUID) { _ = w.EncodeBytes(u[:]) }

// bytes writes an empty slice like a nil one, so that both have one encoding.
func (w *writer) bytes(b []byte) {
	_ = w.EncodeBytesLen(len(b))
	w.out = append(w.out, b...)
}

// hash writes the zero hash as nil: most events have no use for most hashes.
func (w *writer) hash(h Hash) {
	if h == (Hash{}) {
		_ = w.EncodeNil()
		return
	}
	_ = w.EncodeBytes(h[:])
}
