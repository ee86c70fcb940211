package httpapi

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// accessLog writes who read what. Reads that come together share an insert, so
// that a busy service makes few parts.
type accessLog struct {
	conn   driver.Conn
	tenant string
	queue  chan access
}

// access is one row on its way, and done is told when it is stored.
type access struct {
	time   time.Time
	who    string
	action string
	query  string
	rows   uint64
	done   chan error
}

const (
	accessBatch    = 256
	accessInterval = 20 * time.Millisecond
	accessTimeout  = 10 * time.Second
)

func newAccessLog(conn driver.Conn, tenant string) *accessLog {
	return &accessLog{conn: conn, tenant: tenant, queue: make(chan access, accessBatch)}
}

// record returns when the row is stored: only then may the rows be handed out.
func (a *accessLog) record(ctx context.Context, action string, rows uint64) error {
	from := readerOf(ctx)
	row := access{time: time.Now(), who: from.who, action: action, query: from.uri, rows: rows, done: make(chan error, 1)}
	select {
	case a.queue <- row:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-row.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run stores rows until the context ends; rows that wait then are told so.
func (a *accessLog) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case first := <-a.queue:
			batch := []access{first}
			for len(batch) < accessBatch && len(a.queue) > 0 {
				batch = append(batch, <-a.queue)
			}
			err := a.insert(ctx, batch)
			for _, row := range batch {
				row.done <- err
			}
			select {
			case <-time.After(accessInterval):
			case <-ctx.Done():
			}
		}
	}
}

func (a *accessLog) insert(ctx context.Context, batch []access) error {
	ctx, cancel := context.WithTimeout(ctx, accessTimeout)
	defer cancel()
	// Rows were collected here already; the server need not wait for more.
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"async_insert": 0}))
	insert, err := a.conn.PrepareBatch(ctx, "INSERT INTO access_log (time, tenant, principal, action, query, rows)", driver.WithReleaseConnection())
	if err != nil {
		return fmt.Errorf("writing the access log: %w", err)
	}
	for _, row := range batch {
		err = errors.Join(err, insert.Append(row.time, a.tenant, row.who, row.action, row.query, row.rows))
	}
	if err = errors.Join(err, insert.Send()); err != nil {
		return fmt.Errorf("writing the access log: %w", err)
	}
	return nil
}
