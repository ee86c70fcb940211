package clickhouse

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
)

// progressAge is how old an answer of [Progress] may be: every collector asks for it
// again and again.
const progressAge = 250 * time.Millisecond

// Progress knows how far the topics are stored, over all tenants. It never says of
// a record that it is stored before it is: collectors free their spools by it, and what
// is freed exists nowhere else.
type Progress struct {
	conn driver.Conn
	// mu guards all below. It is held while the database is asked, so that those
	// who ask together share an answer.
	mu    sync.Mutex
	asked time.Time
	// known is, by topic and partition, the last offset without a hole before it. It goes
	// back only if the store lost rows.
	known map[topicPartition]int64
}

// topicPartition names a partition. Collectors and ingest number theirs per topic.
type topicPartition struct {
	topic string
	id    int32
}

// NewProgress reads over conn, whose database holds the tables.
func NewProgress(conn driver.Conn) *Progress {
	return &Progress{conn: conn, known: map[topicPartition]int64{}}
}

// Stored says how far each topic partition is stored, in their order. The answer is at
// most [progressAge] old.
func (p *Progress) Stored(ctx context.Context) (wire.Progress, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.asked) > progressAge {
		if err := p.ask(ctx); err != nil {
			return wire.Progress{}, fmt.Errorf("reading how far records are stored: %w", err)
		}
		p.asked = time.Now()
	}
	all := wire.Progress{Partitions: []wire.Stored{}}
	for at, offset := range p.known {
		all.Partitions = append(all.Partitions, wire.Stored{Topic: at.topic, Partition: at.id, Offset: offset})
	}
	slices.SortFunc(all.Partitions, func(a, b wire.Stored) int {
		if c := strings.Compare(a.Topic, b.Topic); c != 0 {
			return c
		}
		return int(a.Partition - b.Partition)
	})
	return all, nil
}

// ask reads the newest offset of each partition, and from where it was known to be
// whole follows the offsets up to the first hole. Blocks of one partition are stored in
// order but for retries, so only the last block can have a hole before it. mu is held.
func (p *Progress) ask(ctx context.Context) error {
	found, err := p.conn.Query(ctx, "SELECT topic, partition, offset FROM ingest_progress")
	if err != nil {
		return err
	}
	defer found.Close()
	last := map[topicPartition]int64{}
	for found.Next() {
		var at topicPartition
		var offset int64
		if err := found.Scan(&at.topic, &at.id, &offset); err != nil {
			return err
		}
		last[at] = offset
	}
	if err := found.Err(); err != nil {
		return err
	}
	now := make(map[topicPartition]int64, len(last))
	for at, end := range last {
		known, ok := p.known[at]
		if !ok {
			known = -1
		}
		// What lies further back was stored whole; a store that lost rows has less.
		known = min(max(known, end-schema.MaxBlockEvents), end)
		if now[at], err = p.follow(ctx, at, known); err != nil {
			return err
		}
	}
	clear(p.known)
	maps.Copy(p.known, now)
	return nil
}

// follow returns the last offset before the first hole behind the known one.
func (p *Progress) follow(ctx context.Context, at topicPartition, known int64) (int64, error) {
	found, err := p.conn.Query(ctx, "SELECT DISTINCT offset FROM ingest_places WHERE topic = ? AND partition = ? AND offset > ? ORDER BY offset",
		at.topic, at.id, known)
	if err != nil {
		return 0, err
	}
	defer found.Close()
	for found.Next() {
		var offset int64
		if err := found.Scan(&offset); err != nil {
			return 0, err
		}
		if offset != known+1 {
			return known, nil
		}
		known = offset
	}
	return known, found.Err()
}
