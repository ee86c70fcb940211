package rows

import (
	"reflect"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/column"
	"github.com/mcptrail/mcptrail/schema"
)

// cell is one column of the table events: it collects values of rows on their
// way in, and holds one value on its way out.
// Values go in through a pointer to a row and not one by one: a value in an interface would
// be an allocation for each column of each event.
type cell interface {
	name() string
	// has reports whether the row's value is another than the default.
	has(*row) bool
	add(*row)
	// send hands all collected values to the batch and keeps them.
	send(column.Interface) error
	reset()
	// target is what the driver scans into; load puts the scanned value in its field.
	target() any
	load(*row)
	// set reports whether the scanned value is another than the default.
	set() bool
}

// later is a column that version 1 has not. What a row of an older version holds there
// is no field of the event, and no hash covers it.
type later struct {
	cell
	version uint8
}

func (l later) load(r *row) {
	if r.Version >= l.version {
		l.cell.load(r)
	} else if l.set() {
		r.Stray = l.name()
	}
}

// field is a column of values that the driver takes as a slice.
// values are of the rows of a block, in their order; scanned is of the row that was read
// last.
type field[T any] struct {
	label string
	schema.Reach[row, T]
	values  []T
	scanned T
}

// single is a column of a value of the event, placed one of a value of its location.
func single[T any](label string, of func(*schema.Event) *T) *field[T] {
	return &field[T]{label: label, Reach: schema.ReachOf(func(r *row) *T {
		r.Event.Gap = &r.gap // where the values of a gap are
		return of(&r.Event)
	})}
}

func placed[T any](label string, of func(*Location) *T) *field[T] {
	return &field[T]{label: label, Reach: schema.ReachOf(func(r *row) *T { return of(&r.Location) })}
}

func (f *field[T]) name() string                  { return f.label }
func (f *field[T]) has(r *row) bool               { return isSet(f.In(r)) }
func (f *field[T]) add(r *row)                    { f.values = append(f.values, *f.In(r)) }
func (f *field[T]) send(c column.Interface) error { return whole(c, f.values) }
func (f *field[T]) target() any                   { return &f.scanned }
func (f *field[T]) load(r *row)                   { *f.In(r) = f.scanned }
func (f *field[T]) set() bool                     { return isSet(&f.scanned) }

// isSet reports whether the value behind a pointer is another than the default.
// The listed types are those of most columns; reflection takes the rest and is slower.
func isSet(value any) bool {
	switch v := value.(type) {
	case *string:
		return *v != ""
	case *int64:
		return *v != 0
	case *uint64:
		return *v != 0
	case *[]byte:
		return len(*v) > 0
	}
	return !reflect.ValueOf(value).Elem().IsZero()
}

// reset drops the values, so that a block that waits holds no old messages.
func (f *field[T]) reset() {
	clear(f.values)
	f.values = f.values[:0]
}

// times are nanoseconds, which the driver would take for milliseconds.
// On the way out the driver scans into nanoseconds, so only sending differs.
type times struct{ field[int64] }

func (t *times) send(c column.Interface) error {
	moments := make([]time.Time, len(t.values))
	for i, ns := range t.values {
		moments[i] = time.Unix(0, ns)
	}
	return whole(c, moments)
}

// hashes go as bytes of a fixed length; none is all zero.
// They are slices of the values' own memory, which must not move until they are sent.
type hashes struct{ field[schema.Hash] }

func (h *hashes) send(c column.Interface) error {
	all := make([][]byte, len(h.values))
	for i := range h.values {
		all[i] = h.values[i][:]
	}
	return whole(c, all)
}

// blobs are bytes that are not copied before they are encoded.
type blobs struct{ field[[]byte] }

func (b *blobs) send(c column.Interface) error {
	for i := range b.values {
		if err := c.AppendRow(&b.values[i]); err != nil {
			return err
		}
	}
	return nil
}

// load leaves nil for an empty column, as decoding does: the two encode alike, and tests
// compare events as values.
func (b *blobs) load(r *row) {
	if len(b.scanned) > 0 {
		*b.In(r) = b.scanned
	}
}

// parts is a column of arrays: one member of each element of a list of the event.
type parts[T any] struct {
	label string
	of    schema.Member[T]
	// values are the members of all rows one behind the other, and ends[i] is where those of
	// row i end: a slice for each row would be an allocation for each event.
	values  []T
	ends    []int
	scanned []T
}

func list[T any](label string, of schema.Member[T]) cell { return &parts[T]{label: label, of: of} }

func (p *parts[T]) name() string { return p.label }

func (p *parts[T]) has(r *row) bool {
	for i := range p.of.Len(&r.Event) {
		if isSet(p.of.At(&r.Event, i)) {
			return true
		}
	}
	return false
}

func (p *parts[T]) add(r *row) {
	for i := range p.of.Len(&r.Event) {
		p.values = append(p.values, *p.of.At(&r.Event, i))
	}
	p.ends = append(p.ends, len(p.values))
}

func (p *parts[T]) send(c column.Interface) error {
	// none is put into its interface once, and not again for each empty list.
	start, none := 0, any([]T(nil))
	for _, end := range p.ends {
		row := none
		if end > start {
			row = p.values[start:end]
		}
		if err := c.AppendRow(row); err != nil {
			return err
		}
		start = end
	}
	return nil
}

func (p *parts[T]) reset() {
	clear(p.values)
	p.values, p.ends = p.values[:0], p.ends[:0]
}

func (p *parts[T]) target() any { return &p.scanned }

// set looks into the elements: in a row from before its column, a member of a list has
// as many defaults as the list has elements.
func (p *parts[T]) set() bool {
	return slices.ContainsFunc(p.scanned, func(v T) bool { return isSet(&v) })
}

// load makes the elements when it is the first of their columns. A column of another
// length is no work of ours.
func (p *parts[T]) load(r *row) {
	// The second column of a list finds the elements that the first one made.
	n := p.of.Len(&r.Event)
	if n == 0 && len(p.scanned) > 0 {
		n = len(p.scanned)
		p.of.Make(&r.Event, n)
	}
	if len(p.scanned) != n {
		r.Stray = p.label
	}
	for i := range min(n, len(p.scanned)) {
		*p.of.At(&r.Event, i) = p.scanned[i]
	}
}
