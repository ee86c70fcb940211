// Package rows maps events to rows of the table events and back.
//
// The one rule: nothing is lost. An event that was appended to a [Block], stored
// and read with [Scanner.Scan] has the same canonical bytes.
package rows

import (
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/schema"
)

// Location is what ingest adds to an event.
type Location = schema.Location

// row is an event as the columns see it: each value at the same offset. So the values of
// a gap are those of gap, whatever Event.Gap is; they are zeros where the event has none.
// A value is reached by its offset from the start of the row, which is why none may lie
// behind a pointer, see [schema.ReachOf].
type row struct {
	schema.Event
	gap schema.Gap
	Location
}

// columns are the columns of the table events: those of the event's fields, and where
// ingest stored it. A set belongs to one block or one scan.
//
// rare are the columns of newer versions: few blocks have a value in any, and the others
// name none in their INSERT. With all of them in each block, adding a row took a third
// more CPU and the engine's part of the INSERT a sixth more. A member of a list that
// older versions have is always named, since all columns of a list must be as long.
//
// The order is that of the list of fields, in which columns are only appended: the first
// column of a list is the oldest one of it.
func columns() (always, rare []cell) {
	lists := map[string]uint8{}
	for _, c := range schema.Columns() {
		if lists[c.List] == 0 {
			lists[c.List] = c.Version
		}
		switch {
		case c.Version == 1:
			always = append(always, cellOf(c))
		case c.List != "" && lists[c.List] == 1:
			always = append(always, later{cellOf(c), c.Version})
		default:
			rare = append(rare, later{cellOf(c), c.Version})
		}
	}
	always = append(always,
		placed("topic", func(p *Location) *string { return &p.Topic }),
		placed("kafka_partition", func(p *Location) *int32 { return &p.Partition }),
		placed("kafka_offset", func(p *Location) *int64 { return &p.Offset }),
		&hashes{*placed("hash", func(p *Location) *schema.Hash { return &p.Hash })},
		placed("stored_at", func(p *Location) *time.Time { return &p.StoredAt }),
		&hashes{*placed("place", func(p *Location) *schema.Hash { return &p.Sum })},
	)
	return always, rare
}

// cellOf makes the cell of a field's column.
// A type without a case is a mistake in the list of fields, and panics in every test that
// stores an event.
func cellOf(c schema.Column) cell {
	switch at := c.Value.(type) {
	case func(*schema.Event) *string:
		return single(c.Name, at)
	case func(*schema.Event) *bool:
		return single(c.Name, at)
	case func(*schema.Event) *uint8:
		return single(c.Name, at)
	case func(*schema.Event) *uint16:
		return single(c.Name, at)
	case func(*schema.Event) *uint64:
		return single(c.Name, at)
	case func(*schema.Event) *int64:
		if c.Name == "time" {
			return &times{*single(c.Name, at)}
		}
		return single(c.Name, at)
	case func(*schema.Event) *uuid.UUID:
		return single(c.Name, at)
	case func(*schema.Event) *schema.Hash:
		return &hashes{*single(c.Name, at)}
	case func(*schema.Event) *[]byte:
		return &blobs{*single(c.Name, at)}
	case schema.Member[string]:
		return list(c.Name, at)
	case schema.Member[uint64]:
		return list(c.Name, at)
	case schema.Member[[]byte]:
		return list(c.Name, at)
	}
	panic(fmt.Sprintf("column %s is a %T", c.Name, c.Value))
}
