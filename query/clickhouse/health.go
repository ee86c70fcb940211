package clickhouse

import (
	"context"
	"fmt"
	"time"

	"github.com/mcptrail/mcptrail/query/wire"
)

// leastFree is how many bytes ClickHouse needs on its disk: with less, merges and soon
// inserts fail.
const leastFree = 64 << 20

// Health says whether the record can be read and whether new events come in.
type Health struct {
	tenant
	// leastFree is the constant but in tests.
	leastFree uint64
}

// Get reads the engine's version and how fresh the newest event is. An error says that
// the record cannot be read; the version is set if the engine answered at all.
func (s *Health) Get(ctx context.Context) (wire.Health, error) {
	h := wire.Health{Status: "ok"}
	if err := s.conn.QueryRow(ctx, "SELECT version()").Scan(&h.Engine); err != nil {
		return h, fmt.Errorf("reading the version of ClickHouse: %w", err)
	}
	w := s.where()
	var sessions uint64
	var stored time.Time
	// The rollup has a row for each session and block; events would be a read of the whole
	// table for every probe.
	err := s.conn.QueryRow(ctx, "SELECT count(), max(stored_at) FROM session_rollup WHERE "+w.String(), w.parameters...).Scan(&sessions, &stored)
	if err == nil && sessions > 0 {
		stored = stored.UTC()
		h.Stored = &stored
		// The times of imported events are those of a transcript, not of a collector.
		w.add("stored_at >= {stored:DateTime64(3, 'UTC')}", "stored", stored)
		w.conditions = append(w.conditions, "clock != 'imported'")
		err = s.conn.QueryRow(ctx, `SELECT if(count() = 0, NULL, max(toUnixTimestamp64Nano(toDateTime64(stored_at, 9)) - toUnixTimestamp64Nano(time)) / 1e6)
			FROM events WHERE `+w.String(), w.parameters...).Scan(&h.LagMS)
	}
	if err != nil {
		return h, fmt.Errorf("reading the newest event: %w", err)
	}
	// Without the right to read it, a full disk shows as a lag that grows.
	if free, err := s.free(ctx); err == nil && free < s.leastFree {
		h.Status = "stalled"
		h.Reason = fmt.Sprintf("The disk of ClickHouse has %d MB left, so ingest waits. Make room; what collectors recorded meanwhile is stored then.", free/1e6)
	}
	return h, nil
}

// free is the free space of the fullest disk that holds tables, in bytes. Not every
// user of ClickHouse may read it.
func (s *Health) free(ctx context.Context) (bytes uint64, err error) {
	err = s.conn.QueryRow(ctx, "SELECT min(unreserved_space) FROM system.disks WHERE type = 'Local'").Scan(&bytes)
	return bytes, err
}
