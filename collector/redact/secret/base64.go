package secret

import (
	"bytes"
	"unicode/utf8"
)

const (
	// minCoded is the shortest run of base64 that is decoded.
	minCoded = 16
	// minKey is the shortest run that is taken for a private key in base64: one of an
	// elliptic curve has 64.
	minKey = 60
	// privateKeyRule is the rule of keys without the lines around them.
	privateKeyRule = "private-key"
)

// isKey reports whether decoded bytes are the beginning of a private key.
func (e *Engine) isKey(head []byte) bool { return !e.off[privateKeyRule] && privateKey(head) }

// coded scans runs of base64 that decode to text. A run that holds a credential is one
// span, since the rest of it could still be decoded. Only every minCoded-th byte is
// probed, which no run can pass unseen.
func (e *Engine) coded(spans []Span, text []byte, depth int, b *Budget) []Span {
	for at, asked := minCoded-1, 0; at < len(text) && !b.Over(); {
		from, to := at, at
		if codedByte[text[at]] {
			for from > 0 && at-from < minCoded && codedByte[text[from-1]] {
				from--
			}
			for to < len(text) && codedByte[text[to]] {
				to++
			}
		}
		switch {
		case to-from >= minCoded:
			line := to
			if to = e.lines(text, from, to); to > line { // or a token that happens to stand above a word
				spans = e.bare(spans, text, from, line)
			}
			spans = e.run(spans, text, from, to, depth, b)
		case to-from <= longestNumber && at >= asked:
			if asked = at + minNumberList; inNumbers(text, at) {
				spans, to = e.numbers(spans, text, at, depth, b)
			}
		}
		at = max(at, to) + minCoded
	}
	return spans
}

// codedByte are the bytes of both alphabets of base64.
var codedByte = func() (is [256]bool) {
	for i := range is {
		is[i] = isAlnum(byte(i))
	}
	is['_'], is['+'], is['/'], is['-'] = true, true, true, true
	return is
}()

// run scans one run of letters and digits in whatever it may be the encoding of.
func (e *Engine) run(spans []Span, text []byte, from, to int, depth int, b *Budget) []Span {
	digits := from
	if to-from > minHex && text[from] == '0' && lower(text[from+1]) == 'x' {
		digits += 2
	}
	before := len(spans)
	if n := to - digits; n >= minHex && n%2 == 0 && allHex(text[digits:to]) {
		return e.unhexed(spans, text, digits, to, depth, b)
	}
	if to-from >= minBase32 {
		if spans = e.unbase32(spans, text, from, to, depth, b); len(spans) > before || b.Over() {
			return spans
		}
	}
	if spans = e.decoded(spans, text, from, to, depth, b); len(spans) > before || b.Over() {
		return spans
	}
	return e.bare(spans, text, from, to)
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
		for end < len(text) && end-i <= width && codedByte[text[end]] {
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

// decoded scans a run of base64, also behind the last sign that may part it from a path or
// a name.
func (e *Engine) decoded(spans []Span, text []byte, from, to int, depth int, b *Budget) []Span {
	for _, start := range [...]int{from, afterLast(text, from, to, '/'), afterLast(text, from, to, '-')} {
		if start < 0 || to-start < minCoded || !plausible(text[start:start+8]) || !b.Spend(48) {
			continue
		}
		var head [48]byte
		n := decode(head[:0], text[start:min(to, start+64)])
		end := to
		for end < len(text) && end < to+2 && text[end] == '=' {
			end++
		}
		if to-start >= minKey && e.isKey(n) && !inPublicBlock(text[:start]) {
			return append(spans, Span{From: start, To: end, Rule: privateKeyRule})
		}
		open := opening(n)
		if open == nil {
			continue
		}
		if !b.Spend(to - start) {
			break
		}
		v := &e.view(depth)[1]
		v.Reset()
		v.Text = decode(v.Text, text[start:to])
		if v.Text = open(e, v.Text, b); v.Text == nil {
			return append(spans, Span{From: start, To: end, Rule: binaryRule})
		}
		if found := whole(e.inner(v.Text, depth, b), v.Text, start, end, end == len(text)); found != nil {
			return append(spans, found...)
		}
	}
	return spans
}

// inPublicBlock reports whether the last line of dashes near the end of text begins a block of OpenPGP
// that is called public. The packets in it may begin like those of private keys.
func inPublicBlock(text []byte) bool {
	near := text[max(0, len(text)-256):]
	i := bytes.LastIndex(near, []byte("-----BEGIN "))
	return i >= 0 && bytes.HasPrefix(near[i+len("-----BEGIN "):], []byte("PGP PUBLIC KEY BLOCK-----"))
}

// plausible reports whether eight digits of base64 can begin what is looked for: text,
// something compressed, a key. Most runs are identifiers and fail here.
func plausible(coded []byte) bool {
	var buf [8]byte
	head := decode(buf[:0], coded)
	if len(head) < 6 {
		return false
	}
	if magicBytes.has(head[0]) || keyBytes.has(head[0]) || head[0] == 0 || head[1] == 0 {
		return true
	}
	for i, c := range head {
		switch {
		case c < ' ' && !isSpace(c), c == 0x7f:
			return false
		case c >= 0x80 && c < 0xc2 && (i == 0 || head[i-1] < 0x80), c > 0xf4:
			return false
		}
	}
	return true
}

// keyBytes are the first bytes of private keys, see privateKey.
var keyBytes = bytesOf("\x30o\xfe\xce\x94\x95\xc5")

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
