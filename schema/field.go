package schema

import (
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// field is one field of an E: of an event, of an element of one of its lists, or of a
// gap. Each of the kinds below is one way to encode a value.
type field[E any] interface {
	describe() *description
	append(b []byte, e *E, version uint8) []byte
	// read sets the field from the reader and nothing after an error of it.
	read(r *reader, e *E, version uint8)
	// exceeds names the first value over its limit; nil if there is none.
	exceeds(e *E) error
	// trim cuts what is over its limit, and reports whether it cut.
	trim(e *E) bool
	// beyond names the first column that the version does not have and that is set.
	beyond(e *E, version uint8) string
	copy(to, from *E)
	// accessor is the func(*E) *T by which the value is reached.
	accessor() any
	columns() []Column
}

// description is what is known of a field besides its value.
type description struct {
	// column is its name in the table events and everywhere else.
	column string
	// version is the first that has it.
	version uint8
	group   string
	// limit is the most bytes of a text or elements of a list, 0 for other kinds.
	limit int
}

func (d *description) describe() *description { return d }

// since describes fields that come with a version.
func since[E any](version uint8, group string, all ...field[E]) []field[E] {
	for _, f := range all {
		f.describe().version, f.describe().group = version, group
	}
	return all
}

// upTo returns the fields that a version has: a beginning of the list, since later
// versions append. Version 0, which is invalid, is taken for 1.
func upTo[E any](all []field[E], version uint8) []field[E] {
	n := len(all)
	for n > 0 && all[n-1].describe().version > max(version, 1) {
		n--
	}
	return all[:n]
}

// byVersion are the fields that each version has, see [upTo].
func byVersion[E any](all []field[E]) (of [Version + 1][]field[E]) {
	for version := range of {
		of[version] = upTo(all, uint8(version))
	}
	return of
}

// value is a field of one value that has no limit: a number, a hash, an id.
type value[E any, T comparable] struct {
	description
	Reach[E, T]
	put func([]byte, T) []byte
	get func(*reader, *T)
}

func (f *value[E, T]) append(b []byte, e *E, _ uint8) []byte { return f.put(b, *f.In(e)) }
func (f *value[E, T]) read(r *reader, e *E, _ uint8)         { f.get(r, f.In(e)) }
func (f *value[E, T]) exceeds(*E) error                      { return nil }
func (f *value[E, T]) trim(*E) bool                          { return false }
func (f *value[E, T]) copy(to, from *E)                      { *f.In(to) = *f.In(from) }
func (f *value[E, T]) accessor() any                         { return f.At }
func (f *value[E, T]) columns() []Column                     { return f.own(f.At) }

func (f *value[E, T]) beyond(e *E, version uint8) string {
	var zero T
	return f.setBeyond(version, *f.In(e) != zero)
}

// number refuses what does not fit into N: cut to it, the event would decode and have
// another hash.
func number[E any, N uint16 | uint64](column string, at func(*E) *N) field[E] {
	return &value[E, N]{description{column: column}, ReachOf(at),
		func(b []byte, n N) []byte { return appendUint(b, uint64(n)) },
		func(r *reader, n *N) { *n = N(r.uint(uint64(^N(0)))) }}
}

func signed[E any](column string, at func(*E) *int64) field[E] {
	return &value[E, int64]{description{column: column}, ReachOf(at), appendInt, (*reader).int}
}

func truth[E any](column string, at func(*E) *bool) field[E] {
	return &value[E, bool]{description{column: column}, ReachOf(at), appendBool, (*reader).bool}
}

func hash[E any](column string, at func(*E) *Hash) field[E] {
	return &value[E, Hash]{description{column: column}, ReachOf(at), appendHash, (*reader).hash}
}

func id[E any](column string, at func(*E) *uuid.UUID) field[E] {
	return &value[E, uuid.UUID]{description{column: column}, ReachOf(at), appendUUID, (*reader).uuid}
}

// textField is a text; most fields are.
type textField[E any] struct {
	description
	Reach[E, string]
}

func text[E any](column string, limit int, at func(*E) *string) field[E] {
	return &textField[E]{description{column: column, limit: limit}, ReachOf(at)}
}

func (f *textField[E]) append(b []byte, e *E, _ uint8) []byte { return appendText(b, *f.In(e)) }
func (f *textField[E]) read(r *reader, e *E, _ uint8)         { *f.In(e) = r.text(f.limit) }
func (f *textField[E]) copy(to, from *E)                      { *f.In(to) = *f.In(from) }
func (f *textField[E]) accessor() any                         { return f.At }
func (f *textField[E]) columns() []Column                     { return f.own(f.At) }
func (f *textField[E]) beyond(e *E, version uint8) string {
	return f.setBeyond(version, *f.In(e) != "")
}
func (f *textField[E]) exceeds(e *E) error { return f.over(len(*f.In(e)), "bytes") }

func (f *textField[E]) trim(e *E) bool {
	text := f.In(e)
	if len(*text) <= f.limit {
		return false
	}
	*text = strings.Clone((*text)[:f.limit]) // what is kept must not hold the rest
	return true
}

// blobField is bytes. What is read aliases the input.
type blobField[E any] struct {
	description
	Reach[E, []byte]
}

func blob[E any](column string, limit int, at func(*E) *[]byte) field[E] {
	return &blobField[E]{description{column: column, limit: limit}, ReachOf(at)}
}

func (f *blobField[E]) append(b []byte, e *E, _ uint8) []byte { return appendBytes(b, *f.In(e)) }
func (f *blobField[E]) read(r *reader, e *E, _ uint8)         { *f.In(e) = r.bytes(f.limit) }
func (f *blobField[E]) copy(to, from *E)                      { *f.In(to) = *f.In(from) }
func (f *blobField[E]) accessor() any                         { return f.At }
func (f *blobField[E]) columns() []Column                     { return f.own(f.At) }
func (f *blobField[E]) beyond(e *E, version uint8) string {
	return f.setBeyond(version, len(*f.In(e)) > 0)
}
func (f *blobField[E]) exceeds(e *E) error { return f.over(len(*f.In(e)), "bytes") }
func (f *blobField[E]) trim(e *E) bool     { return cut(f.In(e), f.limit) }

// cut shortens a list to a limit and reports whether it was longer.
func cut[T any](list *[]T, limit int) bool {
	if len(*list) <= limit {
		return false
	}
	*list = (*list)[:limit]
	return true
}

// over is the error of a value of n units that is over the limit.
func (d *description) over(n int, units string) error {
	if n <= d.limit {
		return nil
	}
	return fmt.Errorf("%w: %s has %d %s, at most %d are allowed", ErrInvalid, d.column, n, units, d.limit)
}

func (d *description) setBeyond(version uint8, set bool) string {
	if set && d.version > version {
		return d.column
	}
	return ""
}

// own is the one column of a field that has its value in itself.
func (d *description) own(value any) []Column {
	return []Column{{Name: d.column, Version: d.version, Group: d.group, Limit: d.limit, Value: value}}
}
