package redact

import (
	"bytes"

	"github.com/mcptrail/mcptrail/collector/redact/pii"
	"github.com/mcptrail/mcptrail/collector/redact/secret"
)

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

// name looks for secrets in a member's name. The pointer to its value shows the name as
// it is stored, since the pointer is stored too.
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
	w.r.spans, _ = w.r.engine.Find(secret.Reuse(w.r.spans), text, w.budget)
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
