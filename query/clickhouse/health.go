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
	var sessions uint64
	var stored time.Time
	var waited float64
	w := s.where()
	err := s.conn.QueryRow(ctx, `SELECT count(), max(stored_at), toFloat64(toUnixTimestamp64Milli(max(stored_at)) - toUnixTimestamp64Milli(argMax(last_time, stored_at)))
		FROM session_rollup WHERE `+w.String(), w.parameters...).Scan(&sessions, &stored, &waited)
	if err != nil {
		return h, fmt.Errorf("asking ClickHouse for the newest event: %w", err)
	}
	if sessions > 0 {
		stored = stored.UTC()
		h.Stored, h.LagMS = &stored, &waited
	}
	return h, nil
}
