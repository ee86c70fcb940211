package redact

import (
	"bytes"

	"github.com/mcptrail/mcptrail/collector/redact/pii"
	"github.com/mcptrail/mcptrail/collector/redact/secret"
	"github.com/mcptrail/mcptrail/schema"
)

// addCut cuts a part of a string, or of text, whose value is value.
func (w *walk) addCut(from, to int, rule string, value []byte) {
	if from, to = secret.Widen(w.data, from, to); from == to {
		return
	}
	if !w.room() {
		return
	}
	w.add(cut{from: from, to: to, rule: rule, mark: secret.Mark(rule, w.r.keys.fingerprint(value))})
}

// room reports whether one more cut may be; a message with too many is withheld.
func (w *walk) room() bool {
	if len(w.cuts) > maxCuts || w.withheld != "" {
		w.withheld = WithheldCuts
		return false
	}
	return true
}

// add adds a cut where the walk stands.
func (w *walk) add(c cut) {
	if !w.room() {
		return
	}
	w.budget.Spend(stepsPerCut)
	c.pointer = w.pointer()
	w.cuts = append(w.cuts, c)
}

const (
	// maxCuts may be found in one pass; many of them can be the same.
	maxCuts = 4 * schema.MaxRedactions
	// stepsPerCut is what a keyed hash costs.
	stepsPerCut = 400
)

// cutString cuts everything between the quotes.
func (w *walk) cutString(from, to int, rule string) {
	w.addCut(from, to, rule, w.decode(from, to))
}

// decode returns the text of a raw string; it holds until the next call.
func (w *walk) decode(from, to int) []byte {
	raw := w.data[from:to]
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw
	}
	w.budget.Spend(to - from)
	unescape(&w.r.name, raw)
	return w.r.name.Text
}

// name looks for secrets in a member's name. The way to its value shows the name as
// it is stored.
func (w *walk) name(from, to int) {
	if to-from < 8 {
		return
	}
	before := len(w.cuts)
	w.find(from, to)
	if len(w.cuts) == before {
		return
	}
	sub := walk{r: w.r, data: w.data[from:to]}
	for _, c := range w.cuts[before:] {
		c.from, c.to = c.from-from, c.to-from
		sub.cuts = append(sub.cuts, c)
	}
	stored, _ := sub.splice()
	var v secret.View
	unescape(&v, stored)
	old := w.pointer()
	w.path[len(w.path)-1].name = string(v.Text)
	w.renamed = append(w.renamed, [2]string{old, w.pointer()})
	for i := before; i < len(w.cuts); i++ {
		w.cuts[i].pointer = w.pointer()
	}
}

// find looks for secrets and personal data in data[from:to], a string's content or
// text as it is.
func (w *walk) find(from, to int) {
	raw := w.data[from:to]
	text, origin := raw, func(i int) int { return i }
	if !w.plain && bytes.IndexByte(raw, '\\') >= 0 {
		w.budget.Spend(len(raw))
		unescape(&w.r.view, raw)
		text, origin = w.r.view.Text, w.r.view.Origin
	}
	w.r.spans = w.r.engine.Find(secret.Room(w.r.spans), text, w.budget)
	for _, s := range w.r.spans {
		if w.withheld != "" {
			return
		}
		value := s.Value
		if value == nil {
			value = text[s.From:s.To]
		}
		w.addCut(from+origin(s.From), from+origin(s.To), s.Rule, value)
	}
	w.repeated(text, from, origin)
	w.environment(text, from, origin)
	if w.r.pii == (pii.Finder{}) {
		return
	}
	w.budget.Spend(len(text) / 4)
	w.r.found = w.r.pii.Find(w.r.found[:0], text)
	for _, s := range w.r.found {
		before := len(w.cuts)
		w.addCut(from+origin(s.From), from+origin(s.To), s.Kind, pii.Canonical(s.Kind, text[s.From:s.To]))
		if len(w.cuts) > before && w.r.personal(s.Kind) == Mask {
			w.cuts[before].mark = secret.Mark(s.Kind, "")
		}
	}
}

// personal returns what the policy does with one kind of personal data.
func (r *Redactor) personal(kind string) Action {
	switch kind {
	case "card":
		return r.policy.PII.Card
	case "iban":
		return r.policy.PII.IBAN
	case "email":
		return r.policy.PII.Email
	}
	return r.policy.PII.Phone
}

// tail cuts the last word of a text that goes on behind the end of what is at hand:
// it may be the beginning of a secret that no rule can tell. Groups of digits and
// capitals before it belong to it.
func (w *walk) tail(from, to int) {
	at := to
	for at > from && !blank(w.data[at-1]) {
		at--
	}
	for at > from {
		word := at - 1
		for word > from && !blank(w.data[word-1]) {
			word--
		}
		if word == at-1 || !group(w.data[word:at-1]) || to-at > 256 {
			break
		}
		at = word
	}
	// A mark is whole, and what stands before an escape's backslash is one with it.
	at = min(secret.MarkEnd(w.data, at), to)
	if end := lastMark(w.data[at:to]); end > 0 {
		at += end
	}
	for at > from && w.data[at-1] == '\\' {
		at--
	}
	if at < to {
		w.addCut(at, to, "tail", w.data[at:to])
	}
}

func lastMark(text []byte) int {
	if i := bytes.LastIndex(text, []byte("[mcptrail:")); i >= 0 {
		if end := secret.MarkEnd(text, i+1); end > i+1 {
			return end
		}
	}
	return 0
}

func blank(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' }

func group(word []byte) bool {
	for _, c := range word {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return len(word) > 1 && len(word) <= 6
}

// Lines remembers what earlier lines of one stream of text began. The zero value is
// ready.
type Lines struct{ key bool }

// lines cuts a line of a private key that an earlier line began.
func (w *walk) lines(first bool) {
	l := w.in.Lines
	if l == nil || !first {
		return
	}
	line := bytes.TrimSpace(w.data)
	begins := bytes.Contains(line, []byte("-----BEGIN")) && bytes.Contains(line, []byte("PRIVATE KEY"))
	ends := bytes.Contains(line, []byte("-----END"))
	if l.key && !begins && !ends && len(line) > 0 {
		from := bytes.Index(w.data, line)
		w.addCut(from, from+len(line), "private-key", line)
	}
	l.key = (l.key || begins) && !ends && len(line) < 4096
}
