package seal

import (
	"fmt"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/schema"
)

// What one seal may hold. A verifier allocates on nobody's word but this.
const (
	// MaxEvents is the longest run that one seal covers.
	MaxEvents = 1024
	// MaxNote bounds the text of a signed note; note.Open refuses more than 1 MB.
	MaxNote = 512 << 10
)

// Seal is a collector's statement over a run of its events.
type Seal struct {
	Tenant      string
	CollectorID string
	// Epoch is the run of the collector; its certificate names the key.
	Epoch uuid.UUID
	// Index numbers the seals of an epoch from 0, without gaps.
	Index uint64
	// Previous is the hash of the signed note of the seal before, zero for the first.
	Previous schema.Hash
	// First is the collector_seq that the run begins with, Count how many numbers
	// it covers, at most [MaxEvents]; a run of none says that nothing happened
	// since the seal before.
	First, Count uint64
	// Root is the Merkle root over the leaf hashes of these events.
	Root schema.Hash
	// Time is the wall clock when it was made, in nanoseconds since 1970 UTC.
	Time int64
	// Final says that the epoch ends with this seal.
	Final bool
	// Heads are the sessions that the run touched, as they stood at its end, in the
	// order of their ids.
	Heads []Head
}

// Head is how far a session had come.
type Head struct {
	Session uuid.UUID
	// Seq and Hash are of the session's last event.
	Seq  uint64
	Hash schema.Hash
	// Closed says that no event follows.
	Closed bool
}

// End is the first collector_seq behind the run.
func (s *Seal) End() uint64 { return s.First + s.Count }

// Certificate is the identity's statement that an epoch key is its own.
type Certificate struct {
	Tenant      string
	CollectorID string
	Epoch       uuid.UUID
	// Number counts the epochs of the identity from 1, so that one that vanished
	// whole leaves a hole.
	Number uint64
	// Key is the epoch's public key, a verifier key as of package note.
	Key string
	// Time is when the epoch began, in nanoseconds since 1970 UTC.
	Time int64
}

// check reports what no collector of ours would sign.
// It is asked before signing and after parsing, so that a signed text which breaks these
// rules counts as no seal on either side.
func (s *Seal) check() error {
	switch {
	case s.Count > MaxEvents || s.First+s.Count < s.First:
		return fmt.Errorf("it covers %d events from %d on", s.Count, s.First)
	// Only the first seal of an epoch has none before it.
	case (s.Index == 0) != (s.Previous == schema.Hash{}):
		return fmt.Errorf("number %d names %x before it", s.Index, s.Previous[:4])
	case uint64(len(s.Heads)) > s.Count:
		return fmt.Errorf("%d events touched %d sessions", s.Count, len(s.Heads))
	case s.Count > 0 && len(s.Heads) == 0:
		return fmt.Errorf("%d events touched no session", s.Count)
	}
	for i := 1; i < len(s.Heads); i++ {
		// Equal ids are refused too: a session has one head, or a reader could choose.
		if a, b := s.Heads[i-1].Session, s.Heads[i].Session; a.String() >= b.String() {
			return fmt.Errorf("sessions are not in order at %s", b)
		}
	}
	return nil
}
