package seal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/mcptrail/mcptrail/schema"
)

// Record is a seal as it travels and is stored: the signed note, the certificate of
// its key, and the leaf hashes that the root is of, so that one event can be proven
// without the others and a wrong one be named. Of the three only the first two are
// signed; the leaves are good if their root is the seal's.
type Record struct {
	Note        []byte
	Certificate []byte
	Leaves      []schema.Hash
}

// recordMagic begins every record; an event begins otherwise.
const recordMagic = "mcs\x01"

// MaxRecord is the longest encoding of a record.
const MaxRecord = len(recordMagic) + 3*4 + 2*MaxNote + MaxEvents*32

// ErrInvalid says that bytes are no record of a seal, and never will be.
var ErrInvalid = errors.New("invalid seal")

// Append adds the one encoding of r to b: magic, then the lengths (uint32, big
// endian) and bytes of note, certificate and leaves.
// It checks no bound; a record that [DecodeRecord] takes is at most [MaxRecord] long.
func (r *Record) Append(b []byte) []byte {
	b = append(b, recordMagic...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(r.Note)))
	b = append(b, r.Note...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(r.Certificate)))
	b = append(b, r.Certificate...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(r.Leaves)*len(schema.Hash{})))
	for i := range r.Leaves {
		b = append(b, r.Leaves[i][:]...)
	}
	return b
}

// IsRecord reports whether b begins like a record.
func IsRecord(b []byte) bool { return bytes.HasPrefix(b, []byte(recordMagic)) }

// DecodeRecord reads a record, and the seal that its note claims to be. Signatures
// are not checked; see [Trusted.OpenCertificate] and [Certificate.OpenSeal]. Every
// error wraps [ErrInvalid]. The record aliases b.
func DecodeRecord(b []byte) (*Record, *Seal, error) {
	if !IsRecord(b) || len(b) > MaxRecord {
		return nil, nil, fmt.Errorf("%w: %d bytes that do not begin like one", ErrInvalid, len(b))
	}
	rest := b[len(recordMagic):]
	var part [3][]byte
	for i := range part {
		if len(rest) < 4 {
			return nil, nil, fmt.Errorf("%w: it ends early", ErrInvalid)
		}
		// Compared in 64 bits: an int of 32 would turn a length of 2^31 negative.
		n := binary.BigEndian.Uint32(rest)
		if rest = rest[4:]; uint64(n) > uint64(len(rest)) {
			return nil, nil, fmt.Errorf("%w: a part of %d bytes with %d left", ErrInvalid, n, len(rest))
		}
		// The capacity ends with the part, so that appending to one never writes into the next.
		part[i], rest = rest[:n:n], rest[n:]
	}
	if len(rest) > 0 {
		return nil, nil, fmt.Errorf("%w: %d bytes after its end", ErrInvalid, len(rest))
	}
	// That the leaves lead to the root is not checked either: a record with wrong leaves is
	// stored, and named by verify.
	leaves, err := Leaves(part[2])
	if err != nil {
		return nil, nil, err
	}
	s, err := Read(part[0])
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if _, err := ReadCertificate(part[1]); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return &Record{Note: part[0], Certificate: part[1], Leaves: leaves}, s, nil
}

// Leaves reads leaf hashes that stand one behind the other.
func Leaves(b []byte) ([]schema.Hash, error) {
	const size = len(schema.Hash{})
	if len(b)%size != 0 || len(b) > MaxEvents*size {
		return nil, fmt.Errorf("%w: leaves of %d bytes", ErrInvalid, len(b))
	}
	// A copy: a record may outlive the buffer of its message for the leaves alone.
	leaves := make([]schema.Hash, len(b)/size)
	for i := range leaves {
		copy(leaves[i][:], b[i*size:])
	}
	return leaves, nil
}

// JoinLeaves is the inverse of [Leaves].
func JoinLeaves(leaves []schema.Hash) []byte {
	b := make([]byte, 0, len(leaves)*len(schema.Hash{}))
	for i := range leaves {
		b = append(b, leaves[i][:]...)
	}
	return b
}
