package secret

import (
	"bytes"
	"unicode/utf8"
)

// minCoded is the shortest run of base64 that is decoded.
const minCoded = 16

var codedClass = func() (c class) {
	_ = c.parse(`\w+/-`)
	return c
}()

// coded scans runs of base64 that decode to text. A run that holds a credential is one
// span, since the rest of it could still be decoded. Only every minCoded-th byte is
// probed, which no run can pass unseen.
func (e *Engine) coded(spans []Span, text []byte, depth int, b *Budget) []Span {
	for at := minCoded - 1; at < len(text); {
		if !codedClass.has(text[at]) {
			at += minCoded
			continue
		}
		from, to := at, at
		for from > 0 && at-from < minCoded && codedClass.has(text[from-1]) {
			from--
		}
		for to < len(text) && codedClass.has(text[to]) {
			to++
		}
		to = e.lines(text, from, to)
		if to-from >= minHex && (to-from)%2 == 0 && allHex(text[from:to]) {
			if spans = e.unhexed(spans, text, from, to, depth, b); b.Over() {
				break
			}
		} else if to-from >= minCoded {
			if spans = e.decoded(spans, text, from, to, depth, b); b.Over() {
				break
			}
		}
		at = max(at, to) + minCoded
	}
	return spans
}

// lines goes on over line breaks of base64 that is folded at a fixed width.
func (e *Engine) lines(text []byte, from, to int) int {
	width := to - from
	for width >= 60 && to < len(text) {
		i := to
		for i < len(text) && (text[i] == '\r' || text[i] == '\n') {
			i++
		}
		end := i
		for end < len(text) && end-i <= width && codedClass.has(text[end]) {
			end++
		}
		if i == to || end == i || end-i > width {
			break
		}
		to = end
		if end-i < width {
			break
		}
	}
	return to
}

func (e *Engine) decoded(spans []Span, text []byte, from, to int, depth int, b *Budget) []Span {
	for _, start := range []int{from, afterLast(text, from, to, '/'), afterLast(text, from, to, '-')} {
		if start < 0 || to-start < minCoded || !b.Spend(48) {
			continue
		}
		var head [48]byte
		n := decode(head[:0], text[start:min(to, start+64)])
		open := opening(n)
		if open == nil {
			continue
		}
		if !b.Spend(to - start) {
			break
		}
		v := &e.view(depth)[1]
		v.Reset()
		v.Text = open(e, decode(v.Text, text[start:to]), b)
		for _, s := range e.inner(v.Text, depth, b) {
			value := s.Value
			if value == nil {
				value = bytes.Clone(v.Text[s.From:s.To])
			}
			for to < len(text) && text[to] == '=' {
				to++
			}
			return append(spans, Span{From: start, To: to, Rule: s.Rule, Value: value})
		}
	}
	return spans
}

// afterLast returns where the part after the last sign in text[from:to] begins, -1
// where there is none.
func afterLast(text []byte, from, to int, sign byte) int {
	if i := bytes.LastIndexByte(text[from:to], sign); i >= 0 {
		return from + i + 1
	}
	return -1
}

// decode appends the bytes of base64 in either alphabet and skips everything else.
func decode(dst, text []byte) []byte {
	var quad uint32
	n := 0
	for _, c := range text {
		var v uint32
		switch {
		case 'A' <= c && c <= 'Z':
			v = uint32(c - 'A')
		case 'a' <= c && c <= 'z':
			v = uint32(c-'a') + 26
		case isDigit(c):
			v = uint32(c-'0') + 52
		case c == '+' || c == '-':
			v = 62
		case c == '/' || c == '_':
			v = 63
		default:
			continue
		}
		quad = quad<<6 | v
		if n++; n == 4 {
			dst = append(dst, byte(quad>>16), byte(quad>>8), byte(quad))
			quad, n = 0, 0
		}
	}
	switch n {
	case 3:
		dst = append(dst, byte(quad>>10), byte(quad>>2))
	case 2:
		dst = append(dst, byte(quad>>4))
	}
	return dst
}

// printable reports whether text is one that people or programs write, not bytes
// of an image.
func printable(text []byte) bool {
	for i := 0; i < len(text); {
		c := text[i]
		if c < ' ' && !isSpace(c) || c == 0x7f {
			return false
		}
		if c < 0x80 {
			i++
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && len(text)-i >= utf8.UTFMax {
			return false
		}
		i += n
	}
	return true
}
