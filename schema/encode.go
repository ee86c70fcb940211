package schema

import (
	"crypto/sha256"

	"github.com/google/uuid"
)

// Append adds the canonical bytes of e, in the encoding of its version, to dst and
// returns the extended slice. It does not check e, see [Event.Validate]: an event of an
// invalid version gets bytes that [Decode] refuses.
func (e *Event) Append(dst []byte) []byte {
	known := fieldsOf[min(e.Version, Version)]
	dst = appendArray(dst, elements(e.Version, len(known)))
	dst = appendUint(dst, uint64(e.Version))
	for _, f := range known {
		dst = f.append(dst, e, e.Version)
	}
	return dst
}

// elements is the length that the array of an event begins with. Version 1 says two more
// than there are, which no general reader of msgpack takes; its bytes are sealed, so that
// stays.
func elements(version uint8, fields int) int {
	if version <= 1 {
		return 1 + fields + 2
	}
	return 1 + fields
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

// The functions below write msgpack, each value in its shortest form. That form is what
// makes the encoding canonical, so the reader takes no other.

func appendUint(b []byte, n uint64) []byte {
	switch {
	case n < 1<<7:
		return append(b, byte(n))
	case n < 1<<8:
		return append(b, 0xcc, byte(n))
	case n < 1<<16:
		return append(b, 0xcd, byte(n>>8), byte(n))
	case n < 1<<32:
		return append(b, 0xce, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	return append(b, 0xcf, byte(n>>56), byte(n>>48), byte(n>>40), byte(n>>32), byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
}

func appendInt(b []byte, n int64) []byte {
	switch {
	case n >= 0:
		return appendUint(b, uint64(n))
	case n >= -1<<5:
		return append(b, byte(n))
	case n >= -1<<7:
		return append(b, 0xd0, byte(n))
	case n >= -1<<15:
		return append(b, 0xd1, byte(n>>8), byte(n))
	case n >= -1<<31:
		return append(b, 0xd2, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	return append(b, 0xd3, byte(n>>56), byte(n>>48), byte(n>>40), byte(n>>32), byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
}

func appendText(b []byte, s string) []byte {
	switch n := len(s); {
	case n < 1<<5:
		b = append(b, 0xa0|byte(n))
	case n < 1<<8:
		b = append(b, 0xd9, byte(n))
	case n < 1<<16:
		b = append(b, 0xda, byte(n>>8), byte(n))
	default:
		b = append(b, 0xdb, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	return append(b, s...)
}

// appendBytes writes an empty slice like a nil one, so that both have one encoding.
func appendBytes(b, data []byte) []byte {
	switch n := len(data); {
	case n < 1<<8:
		b = append(b, 0xc4, byte(n))
	case n < 1<<16:
		b = append(b, 0xc5, byte(n>>8), byte(n))
	default:
		b = append(b, 0xc6, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	return append(b, data...)
}

func appendArray(b []byte, n int) []byte {
	switch {
	case n < 1<<4:
		return append(b, 0x90|byte(n))
	case n < 1<<16:
		return append(b, 0xdc, byte(n>>8), byte(n))
	}
	return append(b, 0xdd, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
}

func appendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 0xc3)
	}
	return append(b, 0xc2)
}

func appendNil(b []byte) []byte { return append(b, 0xc0) }

func appendUUID(b []byte, u uuid.UUID) []byte { return appendBytes(b, u[:]) }

// appendHash writes the zero hash as nil: most events have no use for most hashes.
func appendHash(b []byte, h Hash) []byte {
	if h == (Hash{}) {
		return appendNil(b)
	}
	return appendBytes(b, h[:])
}
