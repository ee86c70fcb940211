package clickhouse

import (
	"context"
	"time"

	"github.com/mcptrail/mcptrail/ingest"
)

// Report keeps an incident. The row has a time, so a second report is a second row.
// It is for people, and nothing is decided by it: so it needs no token, and no lock of the
// partition, which an insert under way may hold.
func (s *Store) Report(ctx context.Context, i ingest.Incident) error {
	batch, err := s.conn.PrepareBatch(ctx, "INSERT INTO "+s.in("ingest_incidents")+" (topic, kafka_partition, kind, from_offset, to_offset, detail, found_at)")
	if err != nil {
		return err
	}
	if err := batch.Append(i.Topic, int32(i.Partition), string(i.Kind), i.From, i.To, i.Detail, time.Now()); err != nil {
		return err
	}
	return batch.Send()
}
