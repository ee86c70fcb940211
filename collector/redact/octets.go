package redact

import "github.com/mcptrail/mcptrail/collector/redact/secret"

// minOctets is the shortest array of numbers that is looked at as a text.
const minOctets = 12

// octets looks at an array of small numbers as the bytes of a text, as some programs
// print them. One that holds a credential goes as a whole.
func (w *walk) octets(from, to int) {
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
		if n > 255 || len(text) < minOctets && (n > '~' || n < ' ' && n != '\n' && n != '\t' && n != '\r') {
			return
		}
		text = append(text, byte(n))
	}
	w.r.name.Text = text
	w.budget.Spend(4 * (to - from))
	if found := w.r.engine.Find(nil, text, w.budget); len(found) > 0 {
		value := found[0].Value
		if value == nil {
			value = text[found[0].From:found[0].To]
		}
		w.cuts = append(w.cuts, cut{from: from, to: to, rule: found[0].Rule, pointer: w.pointer(), bare: true,
			mark: secret.Mark(found[0].Rule, w.r.keys.fingerprint(value))})
	}
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }
