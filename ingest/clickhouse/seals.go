package clickhouse

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/ingest"
	"github.com/mcptrail/mcptrail/schema/seal"
)

// insertSeals stores the seals of a block. Their signatures are checked by nobody here:
// a seal that does not hold is evidence too, and verify names it.
// All columns but the record's own (note, certificate, leaves) and its place follow from
// the note, and verify compares them with it.
func (s *Store) insertSeals(ctx context.Context, b *ingest.Block, token string) error {
	batch, err := s.conn.PrepareBatch(s.inserting(ctx, b, token), "INSERT INTO "+s.in("seals")+` (tenant, collector_id, epoch, first_seq, count,
		seal_index, time, final, sessions, note, certificate, leaves, topic, kafka_partition, kafka_offset, stored_at)`)
	if err != nil {
		return err
	}
	for _, r := range b.Seals {
		sessions := make([]uuid.UUID, len(r.Seal.Heads))
		for i := range sessions {
			sessions[i] = r.Seal.Heads[i].Session
		}
		if err := batch.Append(r.Seal.Tenant, r.Seal.CollectorID, r.Seal.Epoch, r.Seal.First, r.Seal.Count,
			r.Seal.Index, time.Unix(0, r.Seal.Time), r.Seal.Final, sessions, r.Note, r.Certificate, seal.JoinLeaves(r.Leaves),
			b.Topic, int32(b.Partition), r.Offset, b.Begun); err != nil {
			return err
		}
	}
	return batch.Send()
}
