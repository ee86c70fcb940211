package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/ddl/rows"
)

// tenant reads the tables of one tenant. Every reader of this package embeds it.
type tenant struct {
	conn driver.Conn
	name string
}

// errCut says that a stream ended before its end.
var errCut = errors.New("the database stopped sending")

// where begins the conditions of a statement: with the tenant, always.
func (t tenant) where() *where {
	w := new(where)
	w.add("tenant = {tenant:String}", "tenant", t.name)
	return w
}

// query runs a bounded read: what is larger than a page of any kind, or slower
// than a person waits, is an error and not an answer.
func (t tenant) query(ctx context.Context, statement string, parameters []any) (driver.Rows, error) {
	return t.conn.Query(clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{
		// Sorts and groups that grow beyond a quarter of the memory go to disk instead of failing.
		"max_memory_usage":                   1 << 30,
		"max_bytes_before_external_sort":     256 << 20,
		"max_bytes_before_external_group_by": 256 << 20,
	})), statement, parameters...)
}

// each runs a bounded read and gives scan one row after the other. Errors begin with
// what is being done, a phrase in the gerund.
func (t tenant) each(ctx context.Context, doing, statement string, parameters []any, scan func(driver.Rows) error) error {
	found, err := t.query(ctx, statement, parameters)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	defer found.Close()
	for found.Next() {
		if err := scan(found); err != nil {
			return fmt.Errorf("%s: %w", doing, err)
		}
	}
	if err := found.Err(); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// stream runs a read of any length whose rows are read as the reader takes them: a
// few at a time, since a slow reader would otherwise have the whole answer in memory.
func (t tenant) stream(ctx context.Context, statement string, parameters []any) (driver.Rows, error) {
	return t.conn.Query(clickhouse.Context(ctx,
		clickhouse.WithBlockBufferSize(1),
		clickhouse.WithSettings(clickhouse.Settings{
			// Blocks of few rows and about 1 MiB: with payloads of 8 MB the default of 65,536 rows would
			// be the whole memory for one reader. One thread is enough, since the reader sets the pace.
			"max_block_size":             512,
			"preferred_block_size_bytes": 1 << 20,
			"max_threads":                1,
			"max_execution_time":         0,
		})), statement, parameters...)
}

// columns are those of an event's row, with the payload or nothing in its place.
func columns(bodies bool) string {
	if bodies {
		return rows.Columns()
	}
	return strings.Replace(rows.Columns(), "`payload`", "''", 1)
}

// events streams the events of a statement that selects [columns].
func (t tenant) events(ctx context.Context, statement string, parameters []any) iter.Seq2[*schema.Event, error] {
	return func(yield func(*schema.Event, error) bool) {
		for e, err := range t.storedEvents(ctx, statement, parameters) {
			if !yield(e.Event, err) {
				return
			}
		}
	}
}

// StoredEvent is an event with what ingest stored beside it.
type StoredEvent struct {
	*schema.Event
	schema.Location
}

// storedEvents streams the events of a statement that selects [columns]. The stream ends
// with its first error, and a reader that stops early ends the query too.
func (t tenant) storedEvents(ctx context.Context, statement string, parameters []any) iter.Seq2[StoredEvent, error] {
	return func(yield func(StoredEvent, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		found, err := t.stream(ctx, statement, parameters)
		if err != nil {
			yield(StoredEvent{}, fmt.Errorf("reading events: %w", err))
			return
		}
		defer found.Close()
		var scanner rows.Scanner
		for found.Next() {
			// The scanner reuses its buffers for columns, not for the event: callers may keep it.
			e, place, err := scanner.Scan(found)
			if err != nil {
				yield(StoredEvent{}, err)
				return
			}
			if !yield(StoredEvent{e, place}, nil) {
				cancel() // before Close, which would read the rest
				return
			}
		}
		if err := found.Err(); err != nil {
			yield(StoredEvent{}, fmt.Errorf("reading events: %w", err))
		}
	}
}
