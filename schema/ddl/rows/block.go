package rows

import (
	"fmt"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/mcptrail/mcptrail/schema"
)

// Block collects events for one INSERT. The zero value is ready to use. It keeps
// references to the events' payloads until Reset. One goroutine may use it.
type Block struct {
	columns []column
	len     int
	bytes   int
}

// Append adds one row.
func (b *Block) Append(e *schema.Event, at Place) {
	if b.columns == nil {
		b.columns = columns()
	}
	r := row{Event: *e, Place: at}
	if e.Gap != nil {
		r.gap = *e.Gap
	}
	for _, c := range b.columns {
		c.add(&r)
	}
	b.len++
	b.bytes += len(e.Payload)
}

// Len is the number of rows.
func (b *Block) Len() int { return b.len }

// Bytes is the size of all payloads.
func (b *Block) Bytes() int { return b.bytes }

// Reset empties the block and keeps its memory.
func (b *Block) Reset() {
	for _, c := range b.columns {
		c.reset()
	}
	b.len, b.bytes = 0, 0
}

// Settings that an insert of a block needs: the driver's own encoding of
// LowCardinality is slower than the server's.
func Settings() map[string]any { return map[string]any{"low_cardinality_allow_in_native_format": 0} }

// Insert is the statement to prepare for Send.
func Insert(database string) string {
	return fmt.Sprintf("INSERT INTO `%s`.events (%s)", database, Columns())
}

// Send fills the prepared batch and sends it. The block keeps its rows, so that
// it can be sent again.
func (b *Block) Send(batch driver.Batch) error {
	for i, c := range b.columns {
		if err := c.send(batch.Column(i)); err != nil {
			return fmt.Errorf("encoding column %s: %w", c.name(), err)
		}
	}
	return batch.Send()
}

// Columns is the list to put after SELECT for [Scan].
func Columns() string {
	var names []string
	for _, c := range columns() {
		names = append(names, "`"+c.name()+"`")
	}
	return strings.Join(names, ", ")
}

// Scanner reads rows of a SELECT of [Columns]. The zero value is ready to use.
type Scanner struct {
	columns []column
	targets []any
}

// Scan reads the row that rows stands on.
func (s *Scanner) Scan(rows driver.Rows) (*schema.Event, Place, error) {
	if s.columns == nil {
		s.columns = columns()
		for _, c := range s.columns {
			s.targets = append(s.targets, c.target())
		}
	}
	if err := rows.Scan(s.targets...); err != nil {
		return nil, Place{}, fmt.Errorf("reading an event's row: %w", err)
	}
	r := new(row)
	for _, c := range s.columns {
		c.load(r)
	}
	if r.Kind == schema.KindGap {
		r.Event.Gap = &r.gap
	}
	return &r.Event, r.Place, nil
}
