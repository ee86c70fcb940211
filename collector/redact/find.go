package redact

import (
	"bytes"

	"github.com/mcptrail/mcptrail/collector/redact/pii"
	"github.com/mcptrail/mcptrail/collector/redact/secret"
)

// texts looks for secrets in the texts of one message.
type texts struct {
	edits
	// pass numbers the scans of one message, from 0.
	pass int
	// depth is how many strings of JSON this one stands in; see embedded.
	depth int
	// naming: the text at hand is the name of a member.
	naming bool
}

// name looks for secrets in a member's name. The pointer to its value shows the name as
// it is stored, since the pointer is stored too.
func (w *texts) name(from, to int, n *fieldName) {
	if to-from < 8 || w.depth > 0 || n.clean && (w.in.Session == nil || len(w.in.Session.answers) == 0) {
		return
	}
	before := len(w.cuts)
	w.naming = true
	w.find(from, to)
	w.naming = false
	if len(w.cuts) == before {
		if w.pass == 0 && !w.budget.Over() {
			w.r.fieldNames.classify(w.decode(from, to)).clean = true // n may have been evicted
		}
		return
	}
	sub := edits{r: w.r, data: w.data[from:to]}
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
// text as it is. Behind the first scan only what stands near a mark can have changed.
func (w *texts) find(from, to int) {
	if w.pass == 0 || to-from <= maxRescan {
		if w.pass == 0 || bytes.Contains(w.data[from:to], markPrefix) {
			w.findIn(from, to)
		}
		return
	}
	for at := from; at < to; {
		i := bytes.Index(w.data[at:to], markPrefix)
		if i < 0 {
			break
		}
		start, end := max(from, at+i-aroundMark), at+i
		for end < to {
			next := bytes.Index(w.data[end:min(to, end+2*aroundMark)], markPrefix)
			if next < 0 {
				break
			}
			end += next + len(markPrefix)
		}
		end = min(to, end+aroundMark)
		w.findIn(start, end)
		at = end
	}
}

const (
	// maxRescan is the longest text that is scanned as a whole again because of a mark, and
	// aroundMark how much on either side of a mark is scanned of a longer one, in bytes: the
	// longest that a cut hides is a value.
	maxRescan, aroundMark = 64 << 10, 16 << 10
)

var markPrefix = []byte("[mcptrail:")

func (w *texts) findIn(from, to int) {
	raw := w.data[from:to]
	text, origin := raw, func(i int) int { return i }
	if !w.plain && bytes.IndexByte(raw, '\\') >= 0 {
		w.budget.Spend(len(raw))
		view := &w.r.views[w.depth]
		unescape(view, raw)
		text, origin = view.Text, view.Origin
	}
	if w.depth > 0 { // the string around it was scanned as a text
		w.embedded(text, from, origin)
		return
	}
	var hints secret.Hints
	w.r.spans, hints = w.r.engine.Find(secret.Reuse(w.r.spans), text, w.budget)
	ended := w.r.engine.Ending()
	if hints&secret.HintInvisible != 0 && illegible(text) {
		w.addCut(from, to, "binary", text)
		return
	}
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
	w.personalData(text, from, origin)
	w.carry(text, from, origin, ended)
	if hints&secret.HintObject != 0 || hints&secret.HintName != 0 && document(text) {
		w.embedded(text, from, origin)
	}
}

// personalData cuts what the policy says of personal data.
func (w *texts) personalData(text []byte, from int, origin func(int) int) {
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
	case pii.KindPerson:
		return Token
	}
	return r.policy.PII.Phone
}
