package rows

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/column"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Insert is an INSERT into events that is prepared once and sent many times, with
// the buffers of the time before: growing new ones cost a third of the CPU. One
// goroutine at a time may use it. It holds no connection between sends.
//
// Blocks come in two shapes, narrow and wide, and each has a batch of its own: the list of
// columns is part of the prepared statement.
type Insert struct {
	conn     driver.Conn
	database string
	turn     *turn
	// narrow names the columns that every block has, wide all of them; nil until the
	// first block of that shape, and after an error.
	narrow, wide driver.Batch
}

// PrepareInsert asks the server for the columns' types. The context's settings
// must include [Settings].
// The wide shape is prepared by the first block that needs it, if any does.
func PrepareInsert(ctx context.Context, conn driver.Conn, database string) (*Insert, error) {
	i := &Insert{conn: conn, database: database, turn: new(turn)}
	i.turn.now.Store(&ctx)
	always, _ := columns()
	return i, i.prepare(&i.narrow, always)
}

func (i *Insert) prepare(batch *driver.Batch, columns []cell) (err error) {
	if *batch == nil {
		*batch, err = i.conn.PrepareBatch(i.turn, fmt.Sprintf("INSERT INTO `%s`.events (%s)", i.database, names(columns)), driver.WithReleaseConnection())
	}
	return err
}

// Send sends the block as one INSERT under the settings of ctx. The block keeps its
// rows, so that it can be sent again.
// After an error the fate of the rows is unknown; the caller sends them again under the same
// deduplication token.
func (i *Insert) Send(ctx context.Context, b *Block) error {
	i.turn.now.Store(&ctx)
	batch, columns := &i.narrow, b.columns
	if b.wide {
		batch, columns = &i.wide, slices.Concat(b.columns, b.rare)
	}
	if err := i.prepare(batch, columns); err != nil {
		return err
	}
	err := send(*batch, columns)
	if err != nil {
		// How much of the batch was encoded or sent is unknown, so it is prepared anew.
		*batch = nil
	}
	return err
}

// send relies on the batch giving the columns in the order in which the statement names them.
func send(batch driver.Batch, columns []cell) error {
	for n, to := range batch.Columns() {
		to.Reset()
		if err := columns[n].send(to); err != nil {
			return fmt.Errorf("encoding column %s: %w", columns[n].name(), err)
		}
	}
	return batch.Send()
}

// Settings that a prepared insert needs: the driver's own encoding of
// LowCardinality is slower than the server's.
func Settings() map[string]any { return map[string]any{"low_cardinality_allow_in_native_format": 0} }

// turn is the context of the send that is under way. A batch asks its context
// again at each send: for its end, its settings and the id of the query.
// now is atomic because the driver watches the context from a goroutine of its own.
type turn struct {
	now atomic.Pointer[context.Context]
}

func (t *turn) Deadline() (time.Time, bool) { return (*t.now.Load()).Deadline() }
func (t *turn) Done() <-chan struct{}       { return (*t.now.Load()).Done() }
func (t *turn) Err() error                  { return (*t.now.Load()).Err() }
func (t *turn) Value(key any) any           { return (*t.now.Load()).Value(key) }

// whole appends all values to a column at once.
func whole(to column.Interface, values any) error {
	_, err := to.Append(values)
	return err
}
