package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// What the server answers if somebody must do something, or wait.
const (
	codeUnknownColumn    = 47
	codeUnknownTable     = 60
	codeUnknownDatabase  = 81
	codeQueryRunning     = 216
	codeNoAccess         = 497
	codeNotAuthenticated = 516
)

// Check finds what no waiting mends: a refused login, missing tables. A server
// that does not answer is no error: it may come, and ingest waits for it. LIMIT 0 has the
// server resolve the tables and read no row.
func (s *Store) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	err := s.conn.Exec(ctx, "SELECT 1 FROM "+s.in("ingest_progress")+", "+s.in("events")+", "+s.in("session_rollup")+", "+s.in("event_points")+" LIMIT 0")
	refusal, ok := errors.AsType[*clickhouse.Exception](err)
	if !ok {
		return nil
	}
	switch refusal.Code {
	case codeUnknownColumn, codeUnknownTable, codeUnknownDatabase:
		return fmt.Errorf("looking for the tables in database %s: run mcptrail-schema migrate first: %w", s.database, err)
	case codeNotAuthenticated:
		return fmt.Errorf("connecting to ClickHouse: wrong user or password: %w", err)
	case codeNoAccess:
		return fmt.Errorf("reading the tables in database %s: the user may not: %w", s.database, err)
	}
	return nil
}
