package secret

import (
	"bytes"
	"slices"
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
	Text   []byte
	pieces []piece
}

// piece notes that Text goes on at offset from with what stands at offset at of the wrapped
// text, byte by byte up to the next piece.
type piece struct{ from, at int }

// Reset empties the view. A view that grew large gives its memory back.
func (v *View) Reset() {
	if cap(v.Text) > maxKept || cap(v.pieces) > maxPieces {
		*v = View{}
	}
	v.Text, v.pieces = v.Text[:0], v.pieces[:0]
}

// Grow makes room for n more bytes and as many pieces as texts of that length have.
func (v *View) Grow(n int) {
	v.Text, v.pieces = slices.Grow(v.Text, n), slices.Grow(v.pieces, n/64+2)
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
	if n := len(v.pieces); n > 0 && v.pieces[n-1].from == len(v.Text) {
		v.pieces[n-1].at = at // nothing came from there
		return
	}
	v.pieces = append(v.pieces, piece{len(v.Text), at})
}

// Origin of the byte at offset i of the view. The end of a span is the origin of
// what follows it.
func (v *View) Origin(i int) int {
	k, found := slices.BinarySearchFunc(v.pieces, i, func(p piece, i int) int { return p.from - i })
	if !found {
		k--
	}
	return v.pieces[k].at + i - v.pieces[k].from
}

// unwrap scans what text holds in encoded form.
func (e *Engine) unwrap(spans []Span, text []byte, hints Hints, depth int, b *Budget) []Span {
	if depth == maxWraps || b.Over() {
		return spans
	}
	if hints&HintDump != 0 {
		spans = e.dumps(spans, text, depth, b)
	}
	if hints&HintInvisible != 0 {
		spans = e.scanAround(spans, text, nextInvisible, visible, depth, b)
	}
	if bytes.IndexByte(text, '%') >= 0 {
		spans = e.scanWords(spans, text, '%', percentAt, percent, depth, b)
		if bytes.IndexByte(text, '+') >= 0 {
			spans = e.scanWords(spans, text, '%', percentAt, form, depth, b)
		}
	}
	if bytes.IndexByte(text, '+') >= 0 {
		spans = e.scanWords(spans, text, '+', plusAt, form, depth, b)
	}
	if bytes.IndexByte(text, '\\') >= 0 {
		spans = e.scanWords(spans, text, '\\', escapeAt, unescape, depth, b)
	}
	if bytes.IndexByte(text, '&') >= 0 {
		spans = e.scanWords(spans, text, '&', entityAt, entities, depth, b)
	}
	spans = e.scanAround(spans, text, nextMailed, quotedPrintable, depth, b)
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
		if sign == '\\' && to+1 < len(text) && text[to] == '"' && text[to+1] == ':' {
			to = lineEnd(text, to, 256) // the name of a member: its value belongs to it
		}
		if sign == '+' && to-from > maxForm {
			at = to + 1
			continue
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

// maxForm is the longest form whose only escapes are its blanks, in bytes: a plus sign in anything
// longer is one of base64.
const maxForm = 1 << 10

// around is how much of a text on either side of an escape is scanned decoded, in bytes.
const around = 1024

// scanAround scans what stands around the escapes that next finds, decoded, and nothing else
// of the text: a large one may hold a single escape.
func (e *Engine) scanAround(spans []Span, text []byte, next func([]byte, int) int, open func(*View, []byte), depth int, b *Budget) []Span {
	for at := next(text, 0); at >= 0 && !b.Over(); {
		from, to := max(0, at-around), at
		for at >= 0 && at-to <= 2*around {
			to = at
			at = next(text, at+1)
		}
		spans = e.scanView(spans, text, from, min(len(text), to+around), open, depth, b)
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
		spans = append(spans, Span{From: from + v.Origin(s.From), To: from + v.Origin(s.To), Rule: s.Rule, Value: value, Partial: s.Partial && s.To == len(v.Text)})
	}
	return spans
}

// inner finds what is in an opened text, further wrappings included.
func (e *Engine) inner(text []byte, depth int, b *Budget) []Span {
	found, hints := e.plain(Reuse(e.wrapped.spans[depth]), text, depth+1, b)
	found = e.unwrap(found, text, hints, depth+1, b)
	e.wrapped.spans[depth] = found
	return found
}

// whole is the run text[from:to] as one span, for the first of what was found in its
// decoded form; half of the run could still be decoded. What is found by its beginning
// only counts where the run ends with the text.
func whole(found []Span, decoded []byte, from, to int, atEnd bool) []Span {
	for _, s := range found {
		if s.Partial && (!atEnd || s.To < len(decoded)) {
			continue
		}
		value := s.Value
		if value == nil {
			value = bytes.Clone(decoded[s.From:s.To])
		}
		return []Span{{From: from, To: to, Rule: s.Rule, Value: value}}
	}
	return nil
}

func (e *Engine) view(depth int) []View {
	if e.wrapped.views[depth] == nil {
		e.wrapped.views[depth] = make([]View, 2)
	}
	return e.wrapped.views[depth]
}
