package redact

import "github.com/mcptrail/mcptrail/collector/redact/secret"

// minByteArray is the shortest array of numbers that is read as a text; shorter ones are
// coordinates and colours.
const minByteArray = 12

// byteArray reads an array of small numbers as the bytes of a text, as Node.js prints a
// Buffer. An array that holds a credential is cut as a whole, since no smaller part of
// it has an offset in the text.
func (w *texts) byteArray(from, to int) {
	text := w.r.name.Text[:0]
	for at := from + 1; at < to-1; {
		if !isDigit(w.data[at]) {
			at++
			continue
		}
		n := 0
		for ; isDigit(w.data[at]); at++ {
			n = n*10 + int(w.data[at]-'0')
		}
		if n > 255 || len(text) < minByteArray && (n > '~' || n < ' ' && n != '\n' && n != '\t' && n != '\r') {
			return
		}
		text = append(text, byte(n))
	}
	w.r.name.Text = text
	w.budget.Spend(4 * (to - from))
	if found, _ := w.r.engine.Find(nil, text, w.budget); len(found) > 0 {
		value := found[0].Value
		if value == nil {
			value = text[found[0].From:found[0].To]
		}
		w.cuts = append(w.cuts, cut{from: from, to: to, rule: found[0].Rule, pointer: w.pointer(), bare: true, quote: w.quote,
			mark: secret.Mark(found[0].Rule, w.r.keys.fingerprint(value))})
	}
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }
