package clickhouse

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/mcptrail/mcptrail/query/wire"
)

// progressAge is how old an answer of [Progress.Stored] may be: every collector asks for
// it several times a second.
const progressAge = 250 * time.Millisecond

// Progress knows what is stored, over all tenants. It never says of a record that it is
// stored before it is.
type Progress struct {
	conn driver.Conn
	runs runReader
	// mu guards what follows. It is held while the database is read, so that concurrent
	// callers share an answer.
	mu         sync.Mutex
	readAt     time.Time
	partitions []wire.Stored
}

// NewProgress reads over conn, whose database holds the tables.
func NewProgress(conn driver.Conn) *Progress {
	return &Progress{conn: conn, runs: runReader{conn: conn, reading: make(chan struct{}, 1)}}
}

// Stored says how far each topic partition is stored, in their order, and then what is
// stored of the given runs, within their ranges.
func (p *Progress) Stored(ctx context.Context, runs []wire.Run) (wire.Progress, error) {
	partitions, err := p.stored(ctx)
	if err != nil {
		return wire.Progress{}, fmt.Errorf("reading how far records are stored: %w", err)
	}
	all := wire.Progress{Partitions: partitions}
	if len(runs) > 0 {
		if all.Runs, err = p.runs.stored(ctx, runs); err != nil {
			return wire.Progress{}, fmt.Errorf("reading what is stored of collectors' runs: %w", err)
		}
	}
	return all, nil
}

func (p *Progress) stored(ctx context.Context) ([]wire.Stored, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	// After an error readAt is unchanged, and the next caller asks again.
	if time.Since(p.readAt) <= progressAge {
		return p.partitions, nil
	}
	// Taken before the query: an answer is as old as its question, so a receipt never claims
	// more than was stored when it was asked for.
	began := time.Now()
	found, err := p.conn.Query(ctx, "SELECT topic, partition, greatest(offset, base - 1) - base, base FROM ingest_progress ORDER BY topic, partition")
	if err != nil {
		return nil, err
	}
	defer found.Close()
	partitions := []wire.Stored{}
	for found.Next() {
		var s wire.Stored
		if err := found.Scan(&s.Topic, &s.Partition, &s.Offset, &s.Log); err != nil {
			return nil, err
		}
		partitions = append(partitions, s)
	}
	if err := found.Err(); err != nil {
		return nil, err
	}
	p.partitions, p.readAt = partitions, began
	return partitions, nil
}
