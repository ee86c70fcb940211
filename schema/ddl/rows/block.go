package rows

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/mcptrail/mcptrail/schema"
)

// Block collects events for one [Insert]. The zero value is ready to use. It keeps
// references to the events' payloads until Reset. One goroutine may use it.
//
// All columns of a block have as many values as it has rows, also when a column is first
// needed in its middle, see widen.
type Block struct {
	columns, rare []cell
	// wide says that some row has a value in a column of rare, so that all rows do.
	wide bool
	len  int
	// bytes counts payloads alone; the other columns are small beside them.
	bytes int
	// row is the one that is being added: reached through interfaces, it would be
	// allocated anew for each event.
	row row
}

// Append adds one row, with the checksum of its place.
// The checksum is made here, so that no caller can store a row without one. Event and
// payload must not change until the block was sent: columns hold the payload's own bytes.
func (b *Block) Append(e *schema.Event, at Location) {
	at.Sum = at.Checksum()
	if b.columns == nil {
		b.columns, b.rare = columns()
	}
	r := &b.row
	r.Event, r.Location, r.gap = *e, at, schema.Gap{}
	if e.Gap != nil {
		r.gap = *e.Gap
	}
	// A block never becomes narrow again before Reset, whatever rows follow.
	if !b.wide && slices.ContainsFunc(b.rare, func(c cell) bool { return c.has(r) }) {
		b.widen()
	}
	for _, c := range b.columns {
		c.add(r)
	}
	if b.wide {
		for _, c := range b.rare {
			c.add(r)
		}
	}
	b.len++
	b.bytes += len(e.Payload)
}

// widen gives the rows so far a default in each column that none of them needed.
func (b *Block) widen() {
	b.wide = true
	var none row
	for _, c := range b.rare {
		for range b.len {
			c.add(&none)
		}
	}
}

// Len is the number of rows.
func (b *Block) Len() int { return b.len }

// Bytes is the size of all payloads.
func (b *Block) Bytes() int { return b.bytes }

// Reset empties the block and keeps its memory.
// The payloads are released: what the columns keep of them is cleared.
func (b *Block) Reset() {
	for _, c := range slices.Concat(b.columns, b.rare) {
		c.reset()
	}
	b.wide, b.len, b.bytes, b.row = false, 0, 0, row{}
}

// Columns is the list to put after SELECT for [Scanner.Scan].
// All of them are always read, the rare ones too: a value in one that the event's version
// does not have is what [Location].Stray reports.
func Columns() string { return names(slices.Concat(columns())) }

func names(columns []cell) string {
	var all []string
	for _, c := range columns {
		all = append(all, "`"+c.name()+"`")
	}
	return strings.Join(all, ", ")
}

// Scanner reads rows of a SELECT of [Columns]. The zero value is ready to use.
// One goroutine uses it. targets are pointers into columns, so each Scan overwrites what
// the one before left there; the events that were returned have values of their own.
type Scanner struct {
	columns []cell
	targets []any
}

// Scan reads the row that rows stands on.
func (s *Scanner) Scan(rows driver.Rows) (*schema.Event, Location, error) {
	if s.columns == nil {
		s.columns = slices.Concat(columns())
		for _, c := range s.columns {
			s.targets = append(s.targets, c.target())
		}
	}
	if err := rows.Scan(s.targets...); err != nil {
		return nil, Location{}, fmt.Errorf("reading an event's row: %w", err)
	}
	// One allocation for event, gap and location; they live as long as one of them.
	r := new(row)
	// The cells of a gap's columns always have somewhere to put their values.
	r.Event.Gap = &r.gap
	for _, c := range s.columns {
		c.load(r)
	}
	if r.Kind != schema.KindGap {
		r.Event.Gap = nil
		s.strayGap(r)
	}
	return &r.Event, r.Location, nil
}

// strayGap names a column of a gap that is set on an event that is none.
// The hash of an event without a gap covers none of these columns, so a value in one was
// written by somebody else than ingest.
func (s *Scanner) strayGap(r *row) {
	if r.gap == (schema.Gap{}) {
		return
	}
	for _, c := range s.columns {
		if strings.HasPrefix(c.name(), "gap_") && c.set() {
			r.Stray = c.name()
		}
	}
}
