// Package sealer seals what one run of a collector records.
//
// The one rule: every number of the run that an event was given is in exactly one
// seal, in order, whatever becomes of the event. The key of the epoch exists in memory
// only and is dropped with the last seal, so that a stolen identity cannot seal the past.
package sealer

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/seal"
)

const (
	// wait is how long an event stays unsealed at most. Until then it could be changed unseen.
	wait = 5 * time.Second
	// heartbeat is the interval of empty seals: they prove that nothing was recorded while a
	// collector was idle.
	heartbeat = time.Minute
)

// Sealer makes the seals of one epoch. One goroutine uses it.
type Sealer struct {
	// key is nil after the final seal.
	key *seal.Key
	// certificate is that of the key, signed by the identity; each seal's record carries it.
	certificate []byte
	// next is the seal under way, without what is known only when it is made.
	next seal.Seal
	// leaves are the hashes of the events since the last seal, in the order of their numbers,
	// tree their Merkle tree, and heads the newest event of each session among them.
	leaves []schema.Hash
	tree   seal.Tree
	heads  map[uuid.UUID]seal.Head
	// since is when the first of leaves came, last when the last seal was made.
	since, last time.Time
}

// Begin starts an epoch: it takes the next number of the identity and certifies a new
// key with it. The identity's own key is not used again in this epoch.
func Begin(identity *Identity, tenant, collectorID string, epoch uuid.UUID, now time.Time) (*Sealer, error) {
	number, err := identity.nextEpoch()
	if err != nil {
		return nil, err
	}
	key, err := seal.NewKey(epoch.String())
	if err != nil {
		return nil, err
	}
	certificate, err := identity.key.Certify(&seal.Certificate{Tenant: tenant, CollectorID: collectorID, Epoch: epoch,
		Number: number, Key: key.Public(), Time: now.UnixNano()})
	if err != nil {
		return nil, fmt.Errorf("certifying the epoch: %w", err)
	}
	return &Sealer{key: key, certificate: certificate, heads: map[uuid.UUID]seal.Head{}, last: now,
		next: seal.Seal{Tenant: tenant, CollectorID: collectorID, Epoch: epoch}}, nil
}

// Add takes the next event of the epoch and reports that a seal is due at once.
// Where it is, the caller must call Seal before the next Add: a seal covers seal.MaxEvents
// at most.
func (s *Sealer) Add(head seal.Head, now time.Time) (full bool) {
	if len(s.leaves) == 0 {
		s.since = now
	}
	s.leaves = append(s.leaves, head.Hash)
	s.tree.Add(head.Hash)
	s.heads[head.Session] = head
	return len(s.leaves) == seal.MaxEvents
}

// Due reports whether it is time for a seal. The first comes without waiting: it proves
// that the epoch exists.
func (s *Sealer) Due(now time.Time) bool {
	return len(s.leaves) > 0 && (s.next.Index == 0 || now.Sub(s.since) >= wait) || now.Sub(s.last) >= heartbeat
}

// End is the collector_seq behind the last that was sealed.
func (s *Sealer) End() uint64 { return s.next.First }

var errEnded = errors.New("sealing after the last seal")

// Seal seals what was added since the last seal, with a link to it. It fails after the
// final one.
//
// If signing fails, nothing is taken off: the next call seals the same events.
func (s *Sealer) Seal(now time.Time, final bool) (*seal.Record, error) {
	if s.key == nil {
		return nil, errEnded
	}
	n := &s.next
	n.Count, n.Root, n.Time, n.Final = uint64(len(s.leaves)), s.tree.Root(), now.UnixNano(), final
	n.Heads = n.Heads[:0]
	for _, h := range s.heads {
		n.Heads = append(n.Heads, h)
	}
	// The order of a map is random, and the signed bytes must not depend on it.
	slices.SortFunc(n.Heads, func(a, b seal.Head) int { return bytes.Compare(a.Session[:], b.Session[:]) })
	signed, err := s.key.Sign(n)
	if err != nil {
		return nil, err
	}
	record := &seal.Record{Note: signed, Certificate: s.certificate, Leaves: s.leaves}
	n.Previous, n.First, n.Index = seal.Hash(signed), n.End(), n.Index+1
	// The record keeps the leaves, so their memory is not reused.
	s.leaves, s.last = nil, now
	s.tree.Reset()
	clear(s.heads)
	if final {
		s.key = nil
	}
	return record, nil
}
