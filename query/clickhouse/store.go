// Package clickhouse reads the record from its tables.
//
// The one rule: every statement is fixed text with typed parameters, names the
// tenant, and ends when its context does, so that input never becomes SQL and
// nobody reads another's record or leaves a query running behind.
package clickhouse

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// ErrNoSession says that the tenant has no such session.
var ErrNoSession = errors.New("no such session")

// ErrCursor says that a cursor was not made here: the caller sent something else
// and must begin with the first page.
var ErrCursor = errors.New("malformed cursor")

// Store reads one tenant's record. It may be used by many goroutines.
type Store struct {
	conn   driver.Conn
	tenant string
	// leastFree is how many bytes ClickHouse needs on its disk to store anything.
	leastFree uint64
}

// leastFree: with less, merges and soon inserts find no room.
const leastFree = 64 << 20

// New reads over conn, whose database holds the tables.
func New(conn driver.Conn, tenant string) *Store {
	return &Store{conn: conn, tenant: tenant, leastFree: leastFree}
}

// errCut says that a stream ended before its end.
var errCut = errors.New("the database stopped sending")

// where collects conditions and their parameters; it begins with the tenant.
type where struct {
	conditions []string
	parameters []any
}

func (s *Store) where() *where {
	w := new(where)
	w.add("tenant = {tenant:String}", "tenant", s.tenant)
	return w
}

// add joins a condition to the others with AND. The condition is a constant and
// names its parameter.
func (w *where) add(condition, name string, value any) {
	w.conditions = append(w.conditions, condition)
	w.set(name, value)
}

func (w *where) set(name string, value any) {
	w.parameters = append(w.parameters, clickhouse.Named(name, value))
}

// any adds the condition unless the list is empty, which stands for all.
func (w *where) any(condition, name string, values []string) {
	if len(values) > 0 {
		w.add(condition, name, values)
	}
}

// between adds the bounds that are set and that a column can hold.
func (w *where) between(column, lastColumn string, from, to time.Time) {
	if from.After(time.Unix(0, 0)) {
		w.add(lastColumn+" >= "+moment("from"), "from", from.UnixNano())
	}
	if !to.IsZero() && to.Before(endOfTime) {
		w.add(column+" < "+moment("to"), "to", to.UnixNano())
	}
}

// moment is a parameter in nanoseconds since 1970 as a time. The text of a time
// would not do: ClickHouse takes one of few digits for a date, or for nothing.
func moment(parameter string) string {
	return "fromUnixTimestamp64Nano({" + parameter + ":Int64}, 'UTC')"
}

// endOfTime is the last moment of a DateTime64(9).
var endOfTime = time.Unix(0, 1<<63-1)

func (w *where) String() string { return strings.Join(w.conditions, " AND ") }

// query runs a bounded read: what is larger than a page of any kind, or slower
// than a person waits, is an error and not an answer.
func (s *Store) query(ctx context.Context, statement string, parameters []any) (driver.Rows, error) {
	return s.conn.Query(clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{
		"max_memory_usage":                   1 << 30,
		"max_bytes_before_external_sort":     256 << 20,
		"max_bytes_before_external_group_by": 256 << 20,
	})), statement, parameters...)
}

// stream runs a read of any length whose rows are read as the reader takes them.
func (s *Store) stream(ctx context.Context, statement string, parameters []any) (driver.Rows, error) {
	return s.conn.Query(clickhouse.Context(ctx,
		clickhouse.WithBlockBufferSize(1),
		clickhouse.WithSettings(clickhouse.Settings{
			"max_block_size":             512,
			"preferred_block_size_bytes": 1 << 20,
			"max_threads":                1,
			"max_execution_time":         0,
		})), statement, parameters...)
}
