package secret

import (
	"bytes"
	"sort"
)

// maxWraps is how many wrappings inside of each other are opened.
const maxWraps = 3

// wrapping is scratch space for views, one of each kind for each depth.
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

// Reuse returns an empty list to append to. One that grew large gives its memory back.
func Reuse(spans []Span) []Span {
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

// unwrap scans what text holds in encoded form.
func (e *Engine) unwrap(spans []Span, text []byte, invisible bool, depth int, b *Budget) []Span {
	if depth == maxWraps || b.Over() {
		return spans
	}
	if invisible {
		spans = e.scanView(spans, text, 0, len(text), visible, depth, b)
	}
	if bytes.IndexByte(text, '%') >= 0 {
		spans = e.scanWords(spans, text, '%', percentAt, percent, depth, b)
		if bytes.IndexByte(text, '+') >= 0 {
			spans = e.scanWords(spans, text, '%', percentAt, form, depth, b)
		}
	}
	if bytes.IndexByte(text, '\\') >= 0 {
		spans = e.scanWords(spans, text, '\\', escapeAt, unescape, depth, b)
	}
	if bytes.IndexByte(text, '&') >= 0 {
		spans = e.scanWords(spans, text, '&', entityAt, entities, depth, b)
	}
	if mailed(text) {
		spans = e.scanView(spans, text, 0, len(text), quotedPrintable, depth, b)
	}
	return e.coded(spans, text, depth, b)
}

// scanWords scans the words of text that hold an escape, decoded, each with the blank-separated
// context before it: a name may stand there.
func (e *Engine) scanWords(spans []Span, text []byte, sign byte, escaped func([]byte) bool, open func(*View, []byte), depth int, b *Budget) []Span {
	for at := 0; at < len(text); {
		i := bytes.IndexByte(text[at:], sign)
		if i < 0 {
			break
		}
		i += at
		if !escaped(text[i:]) {
			for at = i + 1; at < len(text) && text[at] == sign; {
				at++ // the rest of a run of backslashes
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
		if spans = e.scanView(spans, text, from, to, open, depth, b); b.Over() {
			break
		}
		at = to + 1
	}
	return spans
}

// scanView finds credentials in one view of text[from:to].
func (e *Engine) scanView(spans []Span, text []byte, from, to int, open func(*View, []byte), depth int, b *Budget) []Span {
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
	found, invisible := e.plain(Reuse(e.wrapped.spans[depth]), text, b)
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
