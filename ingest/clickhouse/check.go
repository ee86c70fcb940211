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
	// Numbers of ClickHouse's ErrorCodes.cpp. codeQueryRunning is the fence between owners of a
	// partition, see [Store.lock]; the others need a hand.
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
// It waits 10 s at most, and is asked once, at the start.
func (s *Store) Check(ctx context.Context) error {
	// A join of which only the names are resolved: one statement finds a missing one of four.
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
