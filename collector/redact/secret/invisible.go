package secret

import (
	"encoding/binary"
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
	for at < len(text) {
		if at+8 <= len(text) && plainEight(binary.LittleEndian.Uint64(text[at:])) {
			at += 8
			continue
		}
		if suspect[text[at]] {
			if n, _ := invisibleAt(text[at:]); n > 0 {
				return at
			}
		}
		at++
	}
	return -1
}

// plainEight reports whether all of eight bytes are from blank to tilde, or lines and tabs
// that were seen for such.
func plainEight(w uint64) bool {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	return (w|(w-ones*' '))&highs == 0
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
