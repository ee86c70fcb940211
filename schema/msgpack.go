package schema

import (
	"encoding/binary"
	"errors"
	"fmt"
)

var (
	errShort   = errors.New("the input ends")
	errLonger  = errors.New("not in the shortest form")
	errStrange = errors.New("another type")
)

// code reads the byte that begins a value.
func (r *reader) code() byte {
	if r.err == nil && r.left() == 0 {
		r.err = errShort
	}
	if r.err != nil {
		return 0
	}
	r.at++
	return r.data[r.at-1]
}

// fixed reads a number of 1, 2, 4 or 8 bytes.
func (r *reader) fixed(size int) (n uint64) {
	if r.err == nil && r.left() < size {
		r.err = errShort
	}
	if r.err != nil {
		return 0
	}
	b := r.data[r.at:]
	r.at += size
	switch size {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(binary.BigEndian.Uint16(b))
	case 4:
		return uint64(binary.BigEndian.Uint32(b))
	}
	return binary.BigEndian.Uint64(b)
}

// length reads a length: in the code itself up to most (none if that is negative),
// else in 1, 2 or 4 bytes after the codes given; a code of 0 does not exist.
func (r *reader) length(base byte, most int, one, two, four byte) int {
	c := r.code()
	var n uint64
	least := uint64(most + 1)
	switch {
	case r.err != nil:
		return 0
	case most >= 0 && c >= base && int(c-base) <= most:
		return int(c - base)
	case c == one && one != 0:
		n = r.fixed(1)
	case c == two:
		n = r.fixed(2)
		if one != 0 {
			least = 1 << 8
		}
	case c == four:
		n, least = r.fixed(4), 1<<16
	default:
		r.err = fmt.Errorf("%w: %#x", errStrange, c)
	}
	if r.err == nil && n < least {
		r.err = errLonger
	}
	return int(n)
}

// number reads an integer: its bits in two's complement, and whether it is negative.
func (r *reader) number() (n uint64, negative bool) {
	if r.at < len(r.data) && r.data[r.at] <= 0x7f {
		r.at++
		return uint64(r.data[r.at-1]), false
	}
	c := r.code()
	switch {
	case c <= 0x7f:
		return uint64(c), false
	case c >= 0xe0:
		return uint64(int64(int8(c))), true
	case c >= 0xcc && c <= 0xcf:
		size := 1 << (c - 0xcc)
		n = r.fixed(size)
		if least := leastOf[c-0xcc]; r.err == nil && n < least {
			r.err = errLonger
		}
		return n, false
	case c >= 0xd0 && c <= 0xd3:
		size := 1 << (c - 0xd0)
		shift := 64 - 8*size
		signed := int64(r.fixed(size)<<shift) >> shift
		if r.err == nil && signed >= mostOf[c-0xd0] {
			r.err = errLonger
		}
		return uint64(signed), true
	}
	if r.err == nil {
		r.err = fmt.Errorf("%w: %#x", errStrange, c)
	}
	return 0, false
}

// What a number of 1, 2, 4 or 8 bytes must reach: less fits a shorter form.
var (
	leastOf = [...]uint64{1 << 7, 1 << 8, 1 << 16, 1 << 32}
	mostOf  = [...]int64{-32, -1 << 7, -1 << 15, -1 << 31}
)
