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
	v.Piece(0)
	for i := 0; i < len(raw); {
		n := bytes.IndexByte(raw[i:], '\\')
		if n < 0 {
			n = len(raw) - i
		}
		v.Text = append(v.Text, raw[i:i+n]...)
		if i += n; i+1 >= len(raw) {
			v.Text = append(v.Text, raw[i:]...)
			break
		}
		switch c := raw[i+1]; c {
		case 'n':
			v.Text = append(v.Text, '\n')
		case 't':
			v.Text = append(v.Text, '\t')
		case 'r':
			v.Text = append(v.Text, '\r')
		case 'b':
			v.Text = append(v.Text, '\b')
		case 'f':
			v.Text = append(v.Text, ' ')
		case 'u':
			r, size := unicodeEscape(raw[i:])
			v.Text = utf8.AppendRune(v.Text, r)
			i += size - 2
		default:
			v.Text = append(v.Text, c)
		}
		i = min(i+2, len(raw))
		v.Piece(i)
	}
	v.Piece(len(raw))
}

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
