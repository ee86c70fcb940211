package schema

import (
	"fmt"
)

// listField is a list: all elements one after the other in one array, each with the
// members that the version has.
type listField[E, L any] struct {
	description
	Reach[E, []L]
	members []field[L]
	// of are the members that each version has.
	of [Version + 1][]field[L]
}

// list makes a field of a list of at most limit elements.
func list[E, L any](column string, limit int, at func(*E) *[]L, members []field[L]) field[E] {
	return &listField[E, L]{description{column: column, limit: limit}, ReachOf(at), members, byVersion(members)}
}

// texts is a list of texts of at most limit bytes.
func texts[E any](column string, elements, limit int, at func(*E) *[]string) field[E] {
	return list(column, elements, at, since(1, "", text(column, limit, func(s *string) *string { return s })))
}

// append writes no count of the elements: it is the array's length divided by the number
// of members, which the version fixes.
func (f *listField[E, L]) append(b []byte, e *E, version uint8) []byte {
	all, members := *f.In(e), f.of[min(version, Version)]
	b = appendArray(b, len(members)*len(all))
	for i := range all {
		for _, m := range members {
			b = m.append(b, &all[i], version)
		}
	}
	return b
}

// read makes the list only after its length was held against the limit and against the
// bytes that are left: a header of five bytes must not allocate gigabytes.
func (f *listField[E, L]) read(r *reader, e *E, version uint8) {
	if r.next(0x90) {
		return // no elements, the usual case
	}
	members := f.of[version]
	n := r.array(0, f.limit*len(members))
	if n%len(members) != 0 {
		r.fail(fmt.Errorf("%d elements, not a multiple of %d", n, len(members)))
	}
	if n == 0 || r.err != nil {
		return
	}
	all := make([]L, n/len(members))
	for i := range all {
		for _, m := range members {
			m.read(r, &all[i], version)
		}
	}
	*f.In(e) = all
}

func (f *listField[E, L]) exceeds(e *E) error {
	all := *f.In(e)
	if err := f.over(len(all), "elements"); err != nil {
		return err
	}
	for i := range all {
		for _, m := range f.members {
			if err := m.exceeds(&all[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *listField[E, L]) trim(e *E) bool {
	trimmed := cut(f.In(e), f.limit)
	all := *f.In(e)
	for i := range all {
		for _, m := range f.members {
			trimmed = m.trim(&all[i]) || trimmed
		}
	}
	return trimmed
}

// beyond finds a whole list that the version has not, or one of its members.
func (f *listField[E, L]) beyond(e *E, version uint8) string {
	all := *f.In(e)
	if f.version > version && len(all) > 0 {
		return f.column
	}
	for i := range all {
		for _, m := range f.members {
			if column := m.beyond(&all[i], version); column != "" {
				return column
			}
		}
	}
	return ""
}

func (f *listField[E, L]) copy(to, from *E) { *f.In(to) = *f.In(from) }
func (f *listField[E, L]) accessor() any    { return f.At }

// columns are one for each member. Their types are listed, since a caller can reach a
// value only by a type that it knows: a panic here is a new type of member, and comes at
// the first use of the list, in every test.
func (f *listField[E, L]) columns() (all []Column) {
	at, ok := any(f.At).(func(*Event) *[]L)
	if !ok {
		panic("a list of " + f.column + " within something else than an event")
	}
	for _, m := range f.members {
		d := m.describe()
		c := Column{Name: d.column, Version: max(f.version, d.version), Group: f.group, Limit: d.limit, List: f.column, Most: f.limit}
		switch of := m.accessor().(type) {
		case func(*L) *string:
			c.Value = memberOf(at, of)
		case func(*L) *uint64:
			c.Value = memberOf(at, of)
		case func(*L) *[]byte:
			c.Value = memberOf(at, of)
		default:
			panic(fmt.Sprintf("%s is a %T", d.column, of))
		}
		all = append(all, c)
	}
	return all
}

// memberOf hides the type of the elements from who reads and writes the member.
func memberOf[L, T any](at func(*Event) *[]L, of func(*L) *T) Member[T] {
	return Member[T]{
		Len:  func(e *Event) int { return len(*at(e)) },
		Make: func(e *Event, n int) { *at(e) = make([]L, n) },
		At:   func(e *Event, i int) *T { return of(&(*at(e))[i]) },
	}
}

// gapField is the one part of an event that can be absent.
type gapField struct {
	description
	members []field[Gap]
}

// gap makes the field of a gap, an array of its members or nil. Only an event has one.
func gap(members []field[Gap]) field[Event] {
	return &gapField{description{column: "gap"}, members}
}

func (f *gapField) append(b []byte, e *Event, version uint8) []byte {
	if e.Gap == nil {
		return appendNil(b)
	}
	members := upTo(f.members, version)
	b = appendArray(b, len(members))
	for _, m := range members {
		b = m.append(b, e.Gap, version)
	}
	return b
}

func (f *gapField) read(r *reader, e *Event, version uint8) {
	if r.next(0xc0) {
		return
	}
	members := upTo(f.members, version)
	r.array(len(members), len(members))
	e.Gap = new(Gap)
	for _, m := range members {
		m.read(r, e.Gap, version)
	}
}

func (f *gapField) exceeds(e *Event) error {
	for _, m := range f.members {
		if e.Gap == nil {
			return nil
		}
		if err := m.exceeds(e.Gap); err != nil {
			return err
		}
	}
	return nil
}

func (f *gapField) trim(e *Event) (cut bool) {
	for _, m := range f.members {
		cut = e.Gap != nil && m.trim(e.Gap) || cut
	}
	return cut
}

func (f *gapField) beyond(e *Event, version uint8) string {
	for _, m := range f.members {
		if e.Gap == nil {
			return ""
		}
		if column := m.beyond(e.Gap, version); column != "" {
			return column
		}
	}
	return ""
}

func (f *gapField) copy(to, from *Event) { to.Gap = from.Gap }
func (f *gapField) accessor() any        { return nil }

// columns are those of the members, reached through the event. They are there for
// events without a gap too, as zeros: whoever reads them sees to it that Gap is not nil.
func (f *gapField) columns() (all []Column) {
	for _, m := range f.members {
		c := m.columns()[0]
		c.Group = f.group
		switch of := c.Value.(type) {
		case func(*Gap) *string:
			c.Value = func(e *Event) *string { return of(e.Gap) }
		case func(*Gap) *uint64:
			c.Value = func(e *Event) *uint64 { return of(e.Gap) }
		case func(*Gap) *int64:
			c.Value = func(e *Event) *int64 { return of(e.Gap) }
		default:
			panic(fmt.Sprintf("%s is a %T", c.Name, of))
		}
		all = append(all, c)
	}
	return all
}
