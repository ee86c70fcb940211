package redact

import "strings"

// maxEmbedded is how many strings of JSON inside of each other are read.
const maxEmbedded = 3

// embedded reads the JSON that a text holds: its structure names credentials that no text
// does. The text itself was scanned already. It begins at data[from:], and origin leads
// back.
func (w *texts) embedded(text []byte, from int, origin func(int) int) {
	if w.depth == maxEmbedded || w.withheld != "" {
		return
	}
	w.budget.Spend(len(text) / 8)
	sub, quote := &w.r.nested[w.depth], w.innerQuote()
	for at := 0; at < len(text) && !w.budget.Over(); {
		if c := text[at]; c != '{' && c != '[' || !beginsJSON(text[at:]) {
			at++
			continue
		}
		*sub = walk{texts: texts{edits: edits{r: w.r, in: w.in, data: text, budget: w.budget, path: sub.path[:0], cuts: reuse(sub.cuts), quote: quote},
			pass: w.pass, depth: w.depth + 1}, pos: at, items: sub.items[:0]}
		sub.value(&valueContext{})
		w.withheld = sub.withheld
		for _, c := range sub.cuts {
			c.from, c.to = from+origin(c.from), from+origin(c.to)
			w.add(c)
		}
		at = max(at+1, sub.pos)
	}
}

// innerQuote is how a quote is written in the text at hand, seen from the message.
func (w *texts) innerQuote() string {
	if w.plain {
		return w.quote
	}
	return strings.ReplaceAll(strings.ReplaceAll(w.quote, `\`, `\\`), `"`, `\"`)
}

// beginsJSON reports whether an object or an array of JSON may begin with text.
func beginsJSON(text []byte) bool {
	i := 1
	for i < len(text) && i < 64 && blank(text[i]) {
		i++
	}
	if i >= len(text) {
		return false
	}
	if text[0] == '{' {
		return text[i] == '"'
	}
	return text[i] == '"' || text[i] == '{' || text[i] == '['
}

// document reports whether a text as a whole seems to be JSON.
func document(text []byte) bool {
	i := 0
	for i < len(text) && blank(text[i]) {
		i++
	}
	return i < len(text) && (text[i] == '{' || text[i] == '[') && beginsJSON(text[i:])
}
