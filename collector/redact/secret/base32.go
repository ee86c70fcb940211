package secret

import "bytes"

// minBase32 is the shortest run of base32 that is decoded, in bytes: twenty of text.
const minBase32 = 32

// decode32 appends the bytes of base32 (RFC 4648) of either case; nil where a byte is none
// of its alphabet.
func decode32(dst, text []byte) []byte {
	var acc uint32
	bits := 0
	for _, c := range text {
		switch c = lower(c); {
		case 'a' <= c && c <= 'z':
			c -= 'a'
		case '2' <= c && c <= '7':
			c = c - '2' + 26
		default:
			return nil
		}
		acc = acc<<5 | uint32(c)
		if bits += 5; bits >= 8 {
			bits -= 8
			dst = append(dst, byte(acc>>bits))
		}
	}
	return dst
}

// unbase32 scans a run of base32 that decodes to text. A run that holds a credential is one
// span.
func (e *Engine) unbase32(spans []Span, text []byte, from, to int, depth int, b *Budget) []Span {
	var head [24]byte
	first := decode32(head[:0], text[from:from+min(to-from, 24)])
	if len(first) < 8 || !printable(first) || !oneCase(text[from:to]) {
		return spans
	}
	b.Spend(to - from)
	v := &e.view(depth)[1]
	v.Reset()
	if v.Text = decode32(v.Text, text[from:to]); v.Text == nil {
		return spans
	}
	found := e.inner(v.Text, depth, b)
	end := to
	for end < len(text) && text[end] == '=' {
		end++
	}
	return append(spans, whole(found, v.Text, from, end, end == len(text))...)
}

// oneCase reports whether the letters of v are all small or all capital.
func oneCase(v []byte) bool {
	return bytes.Equal(v, bytes.ToUpper(v)) || bytes.Equal(v, bytes.ToLower(v))
}
