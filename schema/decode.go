package schema

import (
	"errors"
	"fmt"

	"github.com/google/uuid"
)

// Decode reads the canonical bytes of one event. Payload aliases data. Every error
// wraps [ErrInvalid]. Bytes that are not the one encoding of the event they
// describe are refused, so what decodes can be hashed again.
func Decode(data []byte) (*Event, error) {
	if len(data) > MaxEncoded {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrInvalid, len(data), MaxEncoded)
	}
	// One allocation for both: the reader is reached through an interface, so it cannot
	// live on the stack.
	at := &struct {
		Event
		reader
	}{reader: reader{data: data}}
	e, r := &at.Event, &at.reader
	if len(data) <= shareBelow {
		r.shared = string(data)
	}
	r.event(e)
	if r.err != nil {
		return nil, fmt.Errorf("%w: byte %d: %w", ErrInvalid, r.at, r.err)
	}
	if n := r.left(); n > 0 {
		return nil, fmt.Errorf("%w: %d bytes after its end", ErrInvalid, n)
	}
	*r = reader{} // what it refers to must not live as long as the event
	if err := e.validateMeaning(); err != nil {
		return nil, err
	}
	return e, nil
}

// shareBelow is the size of an event up to which its texts share one copy of it.
const shareBelow = 4 << 10

// reader decodes one event. It takes each value only in the form that the encoder
// gives it, the shortest. After the first error what it reads means nothing.
type reader struct {
	data   []byte
	at     int
	shared string
	err    error
}

// event reads the array of an event: its version, then the fields that this has.
func (r *reader) event(e *Event) {
	n := r.array(1, len(r.data))
	e.Version = r.version()
	if r.err != nil {
		return
	}
	known := fieldsOf[e.Version]
	if want := elements(e.Version, len(known)); n != want {
		r.fail(fmt.Errorf("%d elements, an event of version %d says %d", n, e.Version, want))
		return
	}
	for _, f := range known {
		if f.read(r, e, e.Version); r.err != nil {
			r.err = fmt.Errorf("%s: %w", f.describe().column, r.err)
			return
		}
	}
}

// version reads the version and says in its error which ones this program reads: whoever
// sees it has newer data than programs.
func (r *reader) version() uint8 {
	v := r.uint(1<<64 - 1)
	if r.err == nil && (v < 1 || v > Version) {
		r.err = fmt.Errorf("version %d, this program reads 1 to %d", v, Version)
	}
	return uint8(v)
}

// fail keeps the first error.
func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// left is the number of bytes that were not read.
func (r *reader) left() int { return len(r.data) - r.at }

// array reads an array's length and refuses one outside the bounds or longer than
// the bytes that are left: nothing is allocated on the word of a header.
func (r *reader) array(least, most int) int {
	n := r.length(0x90, 15, 0, 0xdc, 0xdd)
	if n < least || n > most || n > r.left() {
		r.fail(fmt.Errorf("%d elements", n))
	}
	if r.err != nil {
		return 0
	}
	return n
}

// take returns the next n bytes of the input, not a copy.
func (r *reader) take(n, most int) []byte {
	if n > most || n > r.left() {
		r.fail(fmt.Errorf("%d bytes with %d bytes left, at most %d are allowed", n, r.left(), most))
	}
	if r.err != nil || n == 0 {
		return nil
	}
	r.at += n
	return r.data[r.at-n : r.at : r.at]
}

func (r *reader) bytes(most int) []byte { return r.take(r.length(0, -1, 0xc4, 0xc5, 0xc6), most) }

// text reads a text, in most events out of the shared copy. The first case is that of
// nearly all texts.
func (r *reader) text(most int) string {
	if at := r.at + 1; at <= len(r.shared) && r.shared[r.at]&0xe0 == 0xa0 {
		if end := at + int(r.shared[r.at]&0x1f); end <= len(r.shared) && end-at <= most {
			r.at = end
			return r.shared[at:end]
		}
	}
	b := r.take(r.length(0xa0, 31, 0xd9, 0xda, 0xdb), most)
	if r.shared != "" {
		return r.shared[r.at-len(b) : r.at]
	}
	return string(b)
}

func (r *reader) hash(h *Hash) {
	if r.next(0xc0) {
		return
	}
	r.exactly(h[:])
	if *h == (Hash{}) {
		r.fail(errors.New("a hash of zeros"))
	}
}

func (r *reader) uuid(u *uuid.UUID) { r.exactly(u[:]) }

// exactly reads as many bytes as fit into to.
func (r *reader) exactly(to []byte) {
	if at := r.at + 2; at+len(to) <= len(r.data) && r.data[r.at] == 0xc4 && int(r.data[r.at+1]) == len(to) {
		r.at = at + copy(to, r.data[at:])
		return
	}
	if b := r.bytes(len(to)); len(b) != len(to) {
		r.fail(fmt.Errorf("%d bytes, not %d", len(b), len(to)))
	}
}

// next reads a byte if it is this one.
func (r *reader) next(c byte) bool {
	if r.at >= len(r.data) || r.data[r.at] != c || r.err != nil {
		return false
	}
	r.at++
	return true
}

func (r *reader) bool(v *bool) {
	c := r.code()
	if c != 0xc2 && c != 0xc3 {
		r.fail(fmt.Errorf("%#x where true or false must be", c))
	}
	*v = c == 0xc3
}

func (r *reader) uint(most uint64) uint64 {
	n, negative := r.number()
	if negative {
		r.fail(errors.New("negative number"))
	}
	if n > most {
		r.fail(fmt.Errorf("number %d, at most %d", n, most))
	}
	return n
}

func (r *reader) int(to *int64) {
	n, negative := r.number()
	if !negative && n > 1<<63-1 {
		r.fail(errors.New("number over 63 bits"))
	}
	*to = int64(n)
}
