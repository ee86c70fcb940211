package clickhouse

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/ddl/rows"
)

// Part of a session's events. The zero value is all of them, without bodies.
type Part struct {
	// From is the first seq.
	From uint64
	// Limit is how many events at most, 0 for all.
	Limit uint64
	// Bodies says whether payloads are read.
	Bodies bool
}

// Events streams a session's events in the order of seq. Two that differ under
// one seq are both given; one that is stored twice is given once. The stream
// ends with its first error, and reading stops where the caller stops.
func (s *Store) Events(ctx context.Context, id uuid.UUID, part Part) iter.Seq2[*schema.Event, error] {
	w := s.where()
	w.add("session_id = {session:UUID}", "session", id)
	if part.From > 0 {
		w.add("seq >= {from:UInt64}", "from", part.From)
	}
	statement := "SELECT " + columns(part.Bodies) + " FROM events WHERE " + w.String() +
		" ORDER BY tenant, session_id, seq LIMIT 1 BY session_id, seq, hash"
	if part.Limit > 0 {
		w.set("limit", part.Limit)
		statement += " LIMIT {limit:UInt64}"
	}
	return func(yield func(*schema.Event, error) bool) {
		end, err := s.end(ctx, id)
		if err != nil {
			yield(nil, err)
			return
		}
		next, given := part.From, uint64(0)
		for e, err := range s.events(ctx, statement, w.parameters) {
			if !yield(e, err) || err != nil {
				return
			}
			next, given = e.Seq+1, given+1
		}
		// ClickHouse ends a stream whose query was killed as if it were whole.
		if next < end && (part.Limit == 0 || given < part.Limit) {
			yield(nil, fmt.Errorf("reading events: %w after event %d of %d", errCut, next, end))
		}
	}
}

// end is the number after the last event that is stored of a session.
func (s *Store) end(ctx context.Context, id uuid.UUID) (end uint64, err error) {
	w := s.where()
	w.add("session_id = {session:UUID}", "session", id)
	err = s.conn.QueryRow(ctx, "SELECT if(count() = 0, 0, max(last_seq) + 1) FROM session_rollup WHERE "+w.String(), w.parameters...).Scan(&end)
	if err != nil {
		return 0, fmt.Errorf("reading the end of a session: %w", err)
	}
	return end, nil
}

// columns are those of an event's row, with the payload or nothing in its place.
func columns(bodies bool) string {
	if bodies {
		return rows.Columns()
	}
	return strings.Replace(rows.Columns(), "`payload`", "''", 1)
}

// events streams the events of a statement that selects [columns].
func (s *Store) events(ctx context.Context, statement string, parameters []any) iter.Seq2[*schema.Event, error] {
	return func(yield func(*schema.Event, error) bool) {
		for e, err := range s.placed(ctx, statement, parameters) {
			if !yield(e.Event, err) {
				return
			}
		}
	}
}

// Placed is an event with what ingest stored beside it.
type Placed struct {
	*schema.Event
	schema.Place
}

// placed streams the events of a statement that selects [columns].
func (s *Store) placed(ctx context.Context, statement string, parameters []any) iter.Seq2[Placed, error] {
	return func(yield func(Placed, error) bool) {
		// A reader that stops early has the engine stop too.
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		found, err := s.stream(ctx, statement, parameters)
		if err != nil {
			yield(Placed{}, fmt.Errorf("reading events: %w", err))
			return
		}
		defer found.Close()
		var scanner rows.Scanner
		for found.Next() {
			e, place, err := scanner.Scan(found)
			if err != nil {
				yield(Placed{}, err)
				return
			}
			if !yield(Placed{e, place}, nil) {
				cancel()
				return
			}
		}
		if err := found.Err(); err != nil {
			yield(Placed{}, fmt.Errorf("reading events: %w", err))
		}
	}
}
