package schema

// Column is one column of the table events that holds a value of an event.
type Column struct {
	// Name of the column: of a member of a list, the list's and its own with a dot
	// between them.
	Name string
	// Version is the first version of the event that has the value.
	Version uint8
	// Group is the heading under which docs/event.md describes it.
	Group string
	// Limit is the most bytes of a text; 0 for other values.
	Limit int
	// List is the name of the list of which this is one member, of at most Most
	// elements; empty for a single value.
	List string
	Most int
	// Value reaches the value: a func(*Event) *T for a single value, where T is string,
	// bool, uint8, uint16, uint64, int64, Hash, uuid.UUID or []byte; a [Member] of
	// string, uint64 or []byte in a list. The columns of a gap are reached only where
	// Event.Gap is not nil.
	Value any
}

// Member reaches one member of each element of a list of an event.
type Member[T any] struct {
	Len func(*Event) int
	// Make puts a list of that many zero elements in place of the one that is there.
	Make func(*Event, int)
	At   func(*Event, int) *T
}

// Columns are all columns that hold a value of an event, its version first.
func Columns() []Column {
	all := []Column{{Name: "version", Version: 1, Group: groupPlace, Value: func(e *Event) *uint8 { return &e.Version }}}
	for _, f := range fields {
		all = append(all, f.columns()...)
	}
	return all
}

// Field is one field of an event as a whole: a single value, a list, the gap.
type Field struct {
	// Column that holds it, or the part of the names before the dot.
	Column string
	// Copy puts the value of one event in place of another's. A list or bytes are shared
	// after it.
	Copy func(to, from *Event)
}

// Fields are the fields of an event in the order of the encoding, without the version.
func Fields() []Field {
	all := make([]Field, len(fields))
	for i, f := range fields {
		all[i] = Field{Column: f.describe().column, Copy: f.copy}
	}
	return all
}
