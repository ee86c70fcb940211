package clickhouse

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/ingest"
	"github.com/mcptrail/mcptrail/schema"
)

// Apart is the same store for another program than ingest, beside which it may run: the
// two fence their own inserts, not each other's. They must not store the same offsets.
// The connections are shared: closing one closes both.
func (s *Store) Apart() *Store {
	apart := Store{conn: s.conn, database: s.database, owner: "mcptrail-reingest"}
	apart.inserts.New = func() any { return new(insert) }
	return &apart
}

// Stored is how far a partition is stored.
type Stored struct {
	// Base of the current log, and the offset from which on it was read, base included.
	Base, Start int64
	// Newest is the stored event or seal of that log with the highest offset.
	Newest ingest.Mark
}

// Stored reads how far a partition is stored.
// Without the lock: ingest may store more meanwhile, so it is a lower bound.
func (s *Store) Stored(ctx context.Context, topic string, partition int) (Stored, error) {
	at, err := s.progress(ctx, topic, partition)
	if err != nil {
		return Stored{}, err
	}
	newest, err := s.mark(ctx, topic, partition, at)
	return Stored{Base: at.base, Start: at.start, Newest: newest}, err
}

// Missing returns what of a block is stored neither in its place nor, byte for byte, in
// another one: collectors publish records again, which then have another place.
// Two answers are needed. The place decides for rejected records, which have no identity; the
// bytes decide for events and seals, since another copy of one is no loss. An event with the
// identity of a stored one and other bytes stays: that is evidence. The block itself is not
// changed.
func (s *Store) Missing(ctx context.Context, b *ingest.Block) (*ingest.Block, error) {
	there, err := s.stored(ctx, b.Topic, b.Partition, b.First, b.Last)
	if err != nil {
		return nil, fmt.Errorf("reading which of the offsets %d to %d are stored: %w", b.First, b.Last, err)
	}
	missing := b.Without(there)
	if err := s.dropStoredEvents(ctx, missing); err != nil {
		return nil, fmt.Errorf("looking for %d events among those that are stored: %w", len(missing.Events), err)
	}
	if err := s.dropStoredSeals(ctx, missing); err != nil {
		return nil, fmt.Errorf("looking for %d seals among those that are stored: %w", len(missing.Seals), err)
	}
	return missing, nil
}

// maxSessions bounds how many sessions one query names, and so its length.
const maxSessions = 500

// dropStoredEvents takes the events out of a block that are stored, whatever their place.
// Tenant, session and seq are what the table is ordered by.
// The range of seqs is that of the whole block, so hashes may come that no event of it has:
// they match nothing.
func (s *Store) dropStoredEvents(ctx context.Context, b *ingest.Block) error {
	type session struct {
		tenant string
		id     uuid.UUID
	}
	var sessions []session
	var first, last uint64
	for i, e := range b.Events {
		if i == 0 || e.Seq < first {
			first = e.Seq
		}
		last = max(last, e.Seq)
		sessions = append(sessions, session{e.Tenant, e.SessionID})
	}
	// By id alone: a session that stays twice in the list for it is asked for twice.
	slices.SortFunc(sessions, func(a, b session) int { return slices.Compare(a.id[:], b.id[:]) })
	stored := map[schema.Hash]bool{}
	for some := range slices.Chunk(slices.Compact(sessions), maxSessions) {
		in := make([]clickhouse.GroupSet, len(some))
		for i, session := range some {
			in[i] = clickhouse.GroupSet{Value: []any{session.tenant, session.id.String()}}
		}
		found, err := s.conn.Query(ctx, "SELECT DISTINCT hash FROM "+s.in("events")+" WHERE (tenant, session_id) IN (?) AND seq BETWEEN ? AND ?", in, first, last)
		if err != nil {
			return err
		}
		for found.Next() {
			var hash string
			if err := found.Scan(&hash); err != nil {
				return err
			}
			stored[schema.Hash([]byte(hash))] = true
		}
		if err := found.Err(); err != nil {
			return err
		}
	}
	b.Events = slices.DeleteFunc(b.Events, func(e ingest.Entry) bool { return stored[e.Hash] })
	return nil
}

// dropStoredSeals is the same for seals.
// The note is the identity of a seal. The text of an id has hexadecimal digits and dashes
// only, so it can stand in the statement.
func (s *Store) dropStoredSeals(ctx context.Context, b *ingest.Block) error {
	var epochs []string
	for _, r := range b.Seals {
		epochs = append(epochs, "'"+r.Seal.Epoch.String()+"'")
	}
	if len(epochs) == 0 {
		return nil
	}
	found, err := s.conn.Query(ctx, "SELECT DISTINCT note FROM "+s.in("seals")+" WHERE epoch IN ("+strings.Join(epochs, ", ")+")")
	if err != nil {
		return err
	}
	stored := map[string]bool{}
	for found.Next() {
		var note string
		if err := found.Scan(&note); err != nil {
			return err
		}
		stored[note] = true
	}
	b.Seals = slices.DeleteFunc(b.Seals, func(r ingest.Sealed) bool { return stored[string(r.Note)] })
	return found.Err()
}
