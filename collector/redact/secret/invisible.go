package secret

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// suspect are the bytes that can begin what is not the letter it shows.
var suspect = func() (suspect [256]bool) {
	for i := range suspect {
		suspect[i] = i < ' ' && !isSpace(byte(i)) && i != '\f' && i != '\v' || i >= 0x80
	}
	return suspect
}()

// invisibleAt returns the length of what text begins with that is not the letter it shows:
// a character that shows nothing (zero-width, direction and variation marks, soft
// hyphens, byte order marks, controls, the escapes that colour a terminal, combining
// signs), or one that shows another as, which is then not zero. 0 is a plain letter.
func invisibleAt(text []byte) (n int, as byte) {
	c := text[0]
	switch {
	case c == 0x1b:
		return escapeSequence(text), 0
	case !suspect[c]:
		return 0, 0
	case c < ' ':
		return 1, 0
	}
	r, n := utf8.DecodeRune(text)
	switch {
	case r == 0xad, r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x206f, r == 0xfeff && n == 3, r == 0x180e,
		r >= 0x300 && r <= 0x36f, r >= 0xfe00 && r <= 0xfe0f, r >= 0xe0100 && r <= 0xe01ef, r == 0xe0001, r == 0xe007f:
		return n, 0
	case r >= 0xff01 && r <= 0xff5e: // full width
		return n, byte(r - 0xff01 + '!')
	case r >= 0xe0020 && r <= 0xe007e: // tags
		return n, byte(r - 0xe0000)
	}
	return 0, 0
}

// nextInvisible returns where the next character stands that is not the letter it shows, or
// -1. It reads eight bytes at a time, since hardly a text has any.
func nextInvisible(text []byte, at int) int {
	for ; at+8 <= len(text); at += 8 {
		for m := suspects(binary.LittleEndian.Uint64(text[at:])); m != 0; m &= m - 1 {
			if k := at + bits.TrailingZeros64(m)/8; suspect[text[k]] {
				if n, _ := invisibleAt(text[k:]); n > 0 {
					return k
				}
			}
		}
	}
	for ; at < len(text); at++ {
		if suspect[text[at]] {
			if n, _ := invisibleAt(text[at:]); n > 0 {
				return at
			}
		}
	}
	return -1
}

// suspects returns the high bits of those of eight bytes that are not from blank to tilde, and
// perhaps of some blanks behind one of them, since a borrow goes on.
func suspects(w uint64) uint64 {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	return (w | (w - ones*' ')) & highs
}

// escapeSequence returns the length of a terminal's escape: CSI, OSC, or two bytes.
func escapeSequence(text []byte) int {
	const longest = 256
	if len(text) < 2 {
		return len(text)
	}
	switch text[1] {
	case '[':
		for i := 2; i < len(text) && i < 32; i++ {
			if text[i] >= 0x40 && text[i] <= 0x7e {
				return i + 1
			}
		}
	case ']':
		for i := 2; i < len(text) && i < longest; i++ {
			if text[i] == 0x07 {
				return i + 1
			}
			if text[i] == 0x1b && i+1 < len(text) && text[i+1] == '\\' {
				return i + 2
			}
		}
	}
	return 2
}

// visible shows a text as it reads. What a backspace takes back is not there.
func visible(v *View, text []byte) {
	v.Piece(0)
	for i := 0; i < len(text); {
		if c := text[i]; suspect[c] {
			if n, as := invisibleAt(text[i:]); n > 0 {
				if c == '\b' && len(v.Text) > 0 {
					v.Text = v.Text[:len(v.Text)-1]
				}
				if as != 0 {
					v.Piece(i)
					v.Text = append(v.Text, as)
				}
				i += n
				v.Piece(i)
				continue
			}
		}
		v.Text = append(v.Text, text[i])
		i++
	}
}
