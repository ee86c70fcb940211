package redact

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"

	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/collector/redact/secret"
	"github.com/mcptrail/mcptrail/schema"
)

// keys are derived from the tenant's key, so that no use of it tells about another.
type keys struct{ marks, commitments identity.Key }

func derive(tenant string, key identity.Key) keys {
	return keys{marks: identity.Key(key.Sum("redact marks", tenant)), commitments: identity.Key(key.Sum("redact commitments", tenant))}
}

// Fingerprint is what marks show of a value: the same for the same value, tenant and
// key. It is how a search for a value finds its marks.
func Fingerprint(tenant string, key identity.Key, value []byte) string {
	return derive(tenant, key).fingerprint(value)
}

func (k keys) fingerprint(value []byte) string {
	mac := hmac.New(sha256.New, k.marks[:])
	mac.Write(value)
	return hex.EncodeToString(mac.Sum(nil))[:secret.MarkDigits]
}

// commit returns the commitment to a body. Of a message that was cut, it is to the
// beginning that was at hand.
func (k keys) commit(body []byte) schema.Hash {
	inner := sha256.Sum256(body)
	opening := k.open(inner)
	return seal(opening, inner)
}

func (k keys) open(inner [32]byte) (opening schema.Hash) {
	mac := hmac.New(sha256.New, k.commitments[:])
	mac.Write(inner[:])
	mac.Sum(opening[:0])
	return opening
}

func seal(opening schema.Hash, inner [32]byte) schema.Hash {
	return sha256.Sum256(append(opening[:], inner[:]...))
}

// Opening returns the number that opens the commitment to a body. It can be given to
// an outsider together with the body; it opens no other commitment.
func Opening(tenant string, key identity.Key, body []byte) schema.Hash {
	return derive(tenant, key).open(sha256.Sum256(body))
}

// Verify reports whether commitment was made to this body. It needs no key.
func Verify(commitment, opening schema.Hash, body []byte) bool {
	return seal(opening, sha256.Sum256(body)) == commitment
}
