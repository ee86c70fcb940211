package redact

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/mcptrail/mcptrail/collector/redact/secret"
)

// unescape opens the escapes of a JSON string. What is no escape stays as it
// is, so that bytes which no parser accepts are scanned all the same.
func unescape(v *secret.View, raw []byte) {
	v.Reset()
	v.Grow(len(raw))
	v.Piece(0)
	text := v.Text
	for i := 0; i < len(raw); {
		n := bytes.IndexByte(raw[i:], '\\')
		if n < 0 {
			n = len(raw) - i
		}
		text = append(text, raw[i:i+n]...)
		if i += n; i+1 >= len(raw) {
			text = append(text, raw[i:]...)
			break
		}
		if c := plainEscapes[raw[i+1]]; c != 0 || raw[i+1] == 0 {
			text = append(text, c)
			i += 2
		} else {
			r, size := unicodeEscape(raw[i:])
			text = utf8.AppendRune(text, r)
			i = min(i+size, len(raw))
		}
		v.Text = text
		v.Piece(i)
	}
	v.Text = text
	v.Piece(len(raw))
}

// plainEscapes are the bytes that two bytes of an escape stand for, 0 for a number's. What
// is no escape stands for itself.
var plainEscapes = func() (of [256]byte) {
	for i := range of {
		of[i] = byte(i)
	}
	of['n'], of['t'], of['r'], of['b'], of['f'], of['u'] = '\n', '\t', '\r', '\b', ' ', 0
	return of
}()

// unicodeEscape reads \uXXXX, or two of them that make one character.
func unicodeEscape(raw []byte) (r rune, size int) {
	one := func(p []byte) rune {
		if len(p) < 6 || p[0] != '\\' || p[1] != 'u' {
			return -1
		}
		n, err := strconv.ParseUint(string(p[2:6]), 16, 16)
		if err != nil {
			return -1
		}
		return rune(n)
	}
	if r = one(raw); r < 0 {
		return 'u', 2
	}
	if utf16.IsSurrogate(r) {
		if both := utf16.DecodeRune(r, one(raw[6:])); both != utf8.RuneError {
			return both, 12
		}
	}
	return r, 6
}
