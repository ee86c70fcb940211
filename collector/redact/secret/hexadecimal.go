package secret

import "bytes"

// minHex is the shortest run of hexadecimal digits that is decoded.
const minHex = 32

func allHex(text []byte) bool {
	for _, c := range text {
		if hex(c) < 0 {
			return false
		}
	}
	return true
}

// unhexed scans hexadecimal that decodes to text. A run that holds a credential is one
// span.
func (e *Engine) unhexed(spans []Span, text []byte, from, to int, depth int, b *Budget) []Span {
	v := &e.view(depth)[1]
	v.Reset()
	for i := from; i < to; i += 2 {
		c := byte(hex(text[i])<<4 | hex(text[i+1]))
		if len(v.Text) < 16 && (c < ' ' && !isSpace(c) || c >= 0x7f) {
			return spans // a hash
		}
		v.Text = append(v.Text, c)
	}
	b.Spend(to - from)
	return append(spans, first(e.inner(v.Text, depth, b), v.Text, from, to)...)
}

// first is the whole run from to as one span, for the first of what was found in it.
func first(found []Span, text []byte, from, to int) []Span {
	if len(found) == 0 {
		return nil
	}
	value := found[0].Value
	if value == nil {
		value = bytes.Clone(text[found[0].From:found[0].To])
	}
	return []Span{{From: from, To: to, Rule: found[0].Rule, Value: value}}
}
