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
	// conn is shared with the reads: its limit leaves connections beside the streams.
	conn   driver.Conn
	tenant string
	// queue is bounded: once it is full, reads wait in record until their own time is over.
	// One goroutine takes from it, see run.
	queue chan access
}

// access is one row on its way. done has room for one result, so that run never waits
// for a reader that left.
type access struct {
	time time.Time
	// who is the reader's name, as reader.who.
	who string
	// action is a word of this package's code, query the URI as it was sent: what was asked
	// for, with the texts that were searched.
	action, query string
	// rows is how many things the answer shows.
	rows uint64
	done chan error
}

// accessBatch bounds a batch and the queue, accessInterval is the least time between
// two inserts: ClickHouse makes a part of each. A read waits for its row, so the
// interval is also what the log adds to an answer at most. accessTimeout is for one
// insert.
const (
	accessBatch    = 256
	accessInterval = 20 * time.Millisecond
	accessTimeout  = 10 * time.Second
)

// newAccessLog makes a log; nothing is stored until run runs.
func newAccessLog(conn driver.Conn, tenant string) *accessLog {
	return &accessLog{conn: conn, tenant: tenant, queue: make(chan access, accessBatch)}
}

// record returns when the row is stored: only then may the rows be handed out. An error
// means that the read must not be answered. The reader is that of the context; rows is
// how many things the answer shows.
func (a *accessLog) record(ctx context.Context, action string, rows uint64) error {
	from := readerOf(ctx)
	row := access{time: time.Now(), who: from.who, action: action, query: from.uri, rows: rows, done: make(chan error, 1)}
	select {
	case a.queue <- row:
	case <-ctx.Done():
		return ctx.Err()
	}
	// A reader that leaves here may stand in the log without having had its answer.
	select {
	case err := <-row.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run stores rows until the context ends. It is the one goroutine that inserts. Reads that
// wait then end with their own context.
func (a *accessLog) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case first := <-a.queue:
			// What waits by now shares the insert; a lone read does not wait for others.
			batch := []access{first}
			for len(batch) < accessBatch && len(a.queue) > 0 {
				batch = append(batch, <-a.queue)
			}
			err := a.insert(ctx, batch)
			for _, row := range batch {
				// The whole batch shares its outcome: one block is stored or not.
				row.done <- err
			}
			select {
			case <-time.After(accessInterval):
			case <-ctx.Done():
			}
		}
	}
}

// insert stores a batch in one block. After a timeout the rows may be stored all the
// same: a read can stand in the log twice, or without an answer, but never the other
// way round.
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
