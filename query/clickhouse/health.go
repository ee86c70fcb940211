package clickhouse

import (
	"context"
	"fmt"
	"time"

	"github.com/mcptrail/mcptrail/query/wire"
)

// Health asks the engine for its version and for the newest event.
func (s *Store) Health(ctx context.Context) (wire.Health, error) {
	h := wire.Health{Status: "ok"}
	if err := s.conn.QueryRow(ctx, "SELECT version()").Scan(&h.Engine); err != nil {
		return h, fmt.Errorf("asking ClickHouse: %w", err)
	}
	w := s.where()
	var sessions uint64
	var stored time.Time
	err := s.conn.QueryRow(ctx, "SELECT count(), max(stored_at) FROM session_rollup WHERE "+w.String(), w.parameters...).Scan(&sessions, &stored)
	if err == nil && sessions > 0 {
		stored = stored.UTC()
		h.Stored = &stored
		// What was imported says nothing on the way from a collector to here.
		w.add("stored_at >= {stored:DateTime64(3, 'UTC')}", "stored", stored)
		w.conditions = append(w.conditions, "clock != 'imported'")
		err = s.conn.QueryRow(ctx, `SELECT if(count() = 0, NULL, max(toUnixTimestamp64Nano(toDateTime64(stored_at, 9)) - toUnixTimestamp64Nano(time)) / 1e6)
			FROM events WHERE `+w.String(), w.parameters...).Scan(&h.LagMS)
	}
	if err != nil {
		return h, fmt.Errorf("asking ClickHouse for the newest event: %w", err)
	}
	if free, err := s.free(ctx); err == nil && free < s.leastFree {
		h.Status = "stalled"
		h.Reason = fmt.Sprintf("The disk of ClickHouse has %d MB left, so ingest waits. Make room; what collectors recorded meanwhile is stored then.", free/1e6)
	}
	return h, nil
}

// free is the room on the fullest disk that holds tables. Not every user may ask.
func (s *Store) free(ctx context.Context) (bytes uint64, err error) {
	err = s.conn.QueryRow(ctx, "SELECT min(unreserved_space) FROM system.disks WHERE type = 'Local'").Scan(&bytes)
	return bytes, err
}
