package redact

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"

	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/redact/secret"
	"github.com/mcptrail/mcptrail/schema"
)

// keys are two HMACs under keys derived from the tenant's key: a mark, which is public in
// the record, reveals nothing about a commitment. Not for concurrent use.
type keys struct {
	marks, commitments hash.Hash
	// sum is scratch space for their results, which would escape to the heap.
	sum *[sha256.Size]byte
}

// The tenant is part of both keys: the same value of two tenants has different marks.
func derive(tenant string, key identity.Key) keys {
	keyed := func(purpose string) hash.Hash {
		own := key.Sum(purpose, tenant)
		return hmac.New(sha256.New, own[:])
	}
	return keys{marks: keyed("redact marks"), commitments: keyed("redact commitments"), sum: new([sha256.Size]byte)}
}

// Fingerprint is what marks show of a value: the same for the same value, tenant and
// key. It is how a search for a value finds its marks.
func Fingerprint(tenant string, key identity.Key, value []byte) string {
	return derive(tenant, key).fingerprint(value)
}

// It is cut to MarkDigits hexadecimal digits: enough to find a value in a record, and not to
// be relied on as a proof.
func (k keys) fingerprint(value []byte) string {
	k.marks.Reset()
	k.marks.Write(value)
	var digits [secret.MarkDigits]byte
	hex.Encode(digits[:], k.marks.Sum(k.sum[:0])[:secret.MarkDigits/2])
	return string(digits[:])
}

// commit returns the commitment to a body. Of a message that was cut, it is to the
// beginning that was at hand, of one whose bytes were not kept at all to the whole.
func (k keys) commit(body *message.Body) schema.Hash {
	inner := body.Sum
	if inner == (schema.Hash{}) {
		inner = sha256.Sum256(body.Data)
	}
	return seal(k.open(inner), inner)
}

// open returns the opening: an HMAC of the body's hash, so that each body has its own and
// none need be stored.
func (k keys) open(inner schema.Hash) schema.Hash {
	k.commitments.Reset()
	*k.sum = inner
	k.commitments.Write(k.sum[:])
	k.commitments.Sum(k.sum[:0])
	return *k.sum
}

// seal hides a body that could be guessed: a bare hash would confirm the guess, this one
// only to who has the opening.
func seal(opening schema.Hash, inner [32]byte) schema.Hash {
	return sha256.Sum256(append(opening[:], inner[:]...))
}

// Opening returns the number that opens the commitment to a body. It can be given to
// an outsider together with the body; it opens no other commitment.
func Opening(tenant string, key identity.Key, body []byte) schema.Hash {
	return derive(tenant, key).open(sha256.Sum256(body))
}

// Verify reports whether commitment was made to this body. It needs no key.
//
// It compares what is public, so the time it takes reveals nothing.
func Verify(commitment, opening schema.Hash, body []byte) bool {
	return seal(opening, sha256.Sum256(body)) == commitment
}
