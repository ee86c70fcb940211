package rows

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/column"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Insert is an INSERT into events that is prepared once and sent many times, with
// the buffers of the time before: growing new ones cost a third of the CPU. One
// goroutine at a time may use it. It holds no connection between sends.
type Insert struct {
	batch driver.Batch
	turn  *turn
}

// PrepareInsert asks the server for the columns' types. The context's settings
// must include [Settings].
func PrepareInsert(ctx context.Context, conn driver.Conn, database string) (*Insert, error) {
	t := new(turn)
	t.now.Store(&ctx)
	batch, err := conn.PrepareBatch(t, fmt.Sprintf("INSERT INTO `%s`.events (%s)", database, Columns()), driver.WithReleaseConnection())
	if err != nil {
		return nil, err
	}
	return &Insert{batch: batch, turn: t}, nil
}

// Send sends the block as one INSERT under the settings of ctx. The block keeps
// its rows, so that it can be sent again. After an error the Insert is of no use.
func (i *Insert) Send(ctx context.Context, b *Block) error {
	i.turn.now.Store(&ctx)
	for n, to := range i.batch.Columns() {
		to.Reset()
		if err := b.columns[n].send(to); err != nil {
			return fmt.Errorf("encoding column %s: %w", b.columns[n].name(), err)
		}
	}
	return i.batch.Send()
}

// Settings that a prepared insert needs: the driver's own encoding of
// LowCardinality is slower than the server's.
func Settings() map[string]any { return map[string]any{"low_cardinality_allow_in_native_format": 0} }

// turn is the context of the send that is under way. A batch asks its context
// again at each send: for its end, its settings and the id of the query.
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
