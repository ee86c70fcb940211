package rows

import (
	"fmt"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/mcptrail/mcptrail/schema"
)

// Block collects events for one [Insert]. The zero value is ready to use. It keeps
// references to the events' payloads until Reset. One goroutine may use it.
type Block struct {
	columns []cell
	len     int
	bytes   int
}

// Append adds one row, with the checksum of its place.
func (b *Block) Append(e *schema.Event, at Place) {
	at.Sum = at.Checksum()
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
	columns []cell
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
	} else if r.gap != (schema.Gap{}) {
		r.Stray = strayGap(&r.gap)
	}
	return &r.Event, r.Place, nil
}

// strayGap names a column of a gap that is set on an event that is none.
func strayGap(g *schema.Gap) string {
	switch {
	case g.From != 0:
		return "gap_from"
	case g.To != 0:
		return "gap_to"
	case g.Count != 0:
		return "gap_count"
	case g.Bytes != 0:
		return "gap_bytes"
	}
	return "gap_reason"
}
