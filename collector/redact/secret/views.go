package secret

import (
	"bytes"
	"sort"
	"unicode/utf8"
)

// maxWraps is how many wrappings inside of each other are opened.
const maxWraps = 3

// wrapping holds what views use again.
type wrapping struct {
	views [maxWraps][]View
	spans [maxWraps][]Span
}

// View is a text as it reads without one kind of wrapping, with the way back.
type View struct {
	Text []byte
	// at[i] is where in the wrapped text the piece from[i:] of Text comes from;
	// between two entries both go on byte by byte.
	from, at []int
}

// Reset empties the view. A view that grew large gives its memory back.
func (v *View) Reset() {
	if cap(v.Text) > maxKept || cap(v.from) > maxPieces {
		*v = View{}
	}
	v.Text, v.from, v.at = v.Text[:0], v.from[:0], v.at[:0]
}

// maxKept is how many bytes of text a view keeps room for, and maxPieces for how many
// pieces; a list of findings keeps room for maxSpans.
const maxKept, maxPieces, maxSpans = 256 << 10, 16 << 10, 4 << 10

// Room returns an empty list to append to. One that grew large gives its memory back.
func Room(spans []Span) []Span {
	if cap(spans) > maxSpans {
		return nil
	}
	return spans[:0]
}

// Piece notes that what is appended next comes from offset at.
func (v *View) Piece(at int) {
	v.from = append(v.from, len(v.Text))
	v.at = append(v.at, at)
}

// Origin of the byte at offset i of the view. The end of a span is the origin of
// what follows it.
func (v *View) Origin(i int) int {
	k := sort.SearchInts(v.from, i+1) - 1
	return v.at[k] + i - v.from[k]
}

// unwrap looks at what text holds in wrapped form.
func (e *Engine) unwrap(spans []Span, text []byte, invisible bool, depth int, b *Budget) []Span {
	if depth == maxWraps || b.Over() {
		return spans
	}
	if invisible {
		spans = e.look(spans, text, 0, len(text), visible, depth, b)
	}
	if bytes.IndexByte(text, '%') >= 0 {
		spans = e.runs(spans, text, '%', percentAt, percent, depth, b)
		if bytes.IndexByte(text, '+') >= 0 {
			spans = e.runs(spans, text, '%', percentAt, form, depth, b)
		}
	}
	if bytes.IndexByte(text, '\\') >= 0 {
		spans = e.runs(spans, text, '\\', escapeAt, unescape, depth, b)
	}
	if bytes.IndexByte(text, '&') >= 0 {
		spans = e.runs(spans, text, '&', entityAt, entities, depth, b)
	}
	if mailed(text) {
		spans = e.look(spans, text, 0, len(text), quotedPrintable, depth, b)
	}
	return e.coded(spans, text, depth, b)
}

// runs looks at the words of text that hold an escape.
func (e *Engine) runs(spans []Span, text []byte, sign byte, escaped func([]byte) bool, open func(*View, []byte), depth int, b *Budget) []Span {
	for at := 0; at < len(text); {
		i := bytes.IndexByte(text[at:], sign)
		if i < 0 {
			break
		}
		i += at
		if !escaped(text[i:]) {
			for at = i + 1; at < len(text) && text[at] == sign; {
				at++ // a run of backslashes says no more than its beginning
			}
			continue
		}
		from, to := i, i
		for from > at && !isSpace(text[from-1]) && text[from-1] != '"' {
			from--
		}
		for to < len(text) && !isSpace(text[to]) && (text[to] != '"' || text[to-1] == '\\') {
			to++
		}
		// A name and a value may be parted by a blank.
		for n := 0; from > 0 && n < 48 && text[from-1] != '\n'; n++ {
			from--
		}
		if spans = e.look(spans, text, from, to, open, depth, b); b.Over() {
			break
		}
		at = to + 1
	}
	return spans
}

// look finds credentials in one view of text[from:to].
func (e *Engine) look(spans []Span, text []byte, from, to int, open func(*View, []byte), depth int, b *Budget) []Span {
	v := &e.view(depth)[0]
	v.Reset()
	if !b.Spend(to - from) {
		return spans
	}
	open(v, text[from:to])
	v.Piece(to - from) // where the end comes from
	found := e.inner(v.Text, depth, b)
	for _, s := range found {
		value := s.Value
		if value == nil {
			value = bytes.Clone(v.Text[s.From:s.To])
		}
		spans = append(spans, Span{From: from + v.Origin(s.From), To: from + v.Origin(s.To), Rule: s.Rule, Value: value})
	}
	return spans
}

// inner finds what is in an opened text, further wrappings included.
func (e *Engine) inner(text []byte, depth int, b *Budget) []Span {
	found, invisible := e.plain(Room(e.wrapped.spans[depth]), text, b)
	found = e.unwrap(found, text, invisible, depth+1, b)
	e.wrapped.spans[depth] = found
	return found
}

func (e *Engine) view(depth int) []View {
	if e.wrapped.views[depth] == nil {
		e.wrapped.views[depth] = make([]View, 2)
	}
	return e.wrapped.views[depth]
}

func hex(b byte) int {
	switch b = lower(b); {
	case isDigit(b):
		return int(b - '0')
	case 'a' <= b && b <= 'f':
		return int(b-'a') + 10
	}
	return -1
}

func percentAt(text []byte) bool { return len(text) > 2 && hex(text[1]) >= 0 && hex(text[2]) >= 0 }

func percent(v *View, text []byte) {
	v.Piece(0)
	for i := 0; i < len(text); {
		if text[i] == '%' && percentAt(text[i:]) {
			v.Text = append(v.Text, byte(hex(text[i+1])<<4|hex(text[i+2])))
			i += 3
			v.Piece(i)
			continue
		}
		v.Text = append(v.Text, text[i])
		i++
	}
}

// form is percent with a plus for each blank, as forms are sent.
func form(v *View, text []byte) {
	percent(v, text)
	for i, c := range v.Text {
		if c == '+' && text[v.Origin(i)] == '+' {
			v.Text[i] = ' '
		}
	}
}

// escapeAt reports whether text begins with a backslash escape that stands for
// another character, however many backslashes it has.
func escapeAt(text []byte) bool {
	i := 0
	for i < len(text) && text[i] == '\\' {
		i++
	}
	if i == len(text) {
		return false
	}
	switch text[i] {
	case 'u':
		return len(text) > i+4 && hex(text[i+1]) >= 0 && hex(text[i+2]) >= 0 && hex(text[i+3]) >= 0 && hex(text[i+4]) >= 0
	case 'x':
		return len(text) > i+2 && hex(text[i+1]) >= 0 && hex(text[i+2]) >= 0
	}
	return text[i] == '/'
}

func unescape(v *View, text []byte) {
	v.Piece(0)
	for i := 0; i < len(text); {
		if text[i] != '\\' {
			v.Text = append(v.Text, text[i])
			i++
			continue
		}
		n := i
		for n < len(text) && text[n] == '\\' {
			n++
		}
		if n == len(text) {
			break
		}
		switch c := text[n]; {
		case c == 'u' && escapeAt(text[n-1:]):
			r := rune(hex(text[n+1])<<12 | hex(text[n+2])<<8 | hex(text[n+3])<<4 | hex(text[n+4]))
			v.Text = utf8.AppendRune(v.Text, r)
			n += 5
		case c == 'x' && escapeAt(text[n-1:]):
			v.Text = append(v.Text, byte(hex(text[n+1])<<4|hex(text[n+2])))
			n += 3
		case c == 'n' || c == 'r' || c == 't':
			v.Text = append(v.Text, ' ')
			n++
		default:
			v.Text = append(v.Text, c)
			n++
		}
		i = n
		v.Piece(i)
	}
}

// minCoded is the shortest run of base64 that is decoded.
const minCoded = 16

var codedClass = func() (c class) {
	_ = c.parse(`\w+/-`)
	return c
}()

// coded looks at what is printable text in base64. A run that holds a credential is
// one span: half a run could be read.
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

// decode appends what base64 of either alphabet says, up to the first thing that is none.
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
