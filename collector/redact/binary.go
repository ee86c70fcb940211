package redact

import (
	"bytes"
	"unicode/utf8"

	"github.com/mcptrail/mcptrail/collector/redact/secret"
)

// binary reports whether a body that is no JSON is no text either but something compressed
// or encoded, which no rule can look through: by the bytes that such formats begin with, or
// by its control characters. Text in another encoding has hardly any.
func binary(body []byte) bool {
	if utf8.Valid(body) && bytes.IndexByte(body, 0) < 0 && bytes.IndexByte(body, 1) < 0 {
		return false
	}
	return illegible(body) || !utf8.Valid(body) && packedInside(body)
}

// packedInside reports whether something compressed begins further on in a body.
func packedInside(body []byte) bool {
	for _, magic := range []string{"\x1f\x8b\x08", "\x28\xb5\x2f\xfd", "\xfd7zXZ\x00", "7z\xbc\xaf\x27\x1c", "PK\x03\x04", "BZh91AY&SY", "\x04\x22\x4d\x18"} {
		if i := bytes.Index(body, []byte(magic)); i >= 0 && secret.Compressed(body[i:]) {
			return true
		}
	}
	return false
}

// illegible reports whether so much of a text are control characters that it is none: more
// than one of sixteen. Those of UTF-16, which are zero, of terminals and of lines do not
// count.
func illegible(text []byte) bool {
	controls, all := 0, 0
	for i := 0; i < len(text); {
		c := text[i]
		all++
		if c < utf8.RuneSelf {
			if c < ' ' && c != 0 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != '\v' && c != '\b' && c != 0x1b || c == 0x7f {
				controls++
			}
			i++
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		if r >= 0x80 && r < 0xa0 || r == utf8.RuneError && n == 3 {
			controls++
		}
		i += n
	}
	return controls >= minControls && controls*16 > all
}

// minControls is how many control characters a text may have, however short it is.
const minControls = 3
