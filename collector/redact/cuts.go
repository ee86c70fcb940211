package redact

import (
	"bytes"

	"github.com/mcptrail/mcptrail/collector/redact/secret"
	"github.com/mcptrail/mcptrail/schema"
)

// edits are what is to be replaced in one message, and where the walk stands, which says how
// each place is called. The slices are the Redactor's and are used again for the next message.
// One goroutine uses them, that of the Redactor.
type edits struct {
	r      *Redactor
	in     *Input
	data   []byte
	budget *secret.Budget
	path   []step
	cuts   []cut
	// renamed are the pointers of members as they were and as they are, where
	// something was cut out of the name.
	renamed [][2]string
	// plain: the body is read as text, not as JSON.
	plain bool
	// quote is how a quote is written here: \" in a string of JSON.
	quote string
	// withheld is the reason to give up.
	withheld string
}

// cut is one place to replace.
type cut struct {
	// from and to lie in the message's bytes.
	from, to int
	rule     string
	// mark to put there; empty for null.
	mark    string
	pointer string
	// bare says that the cut is a whole value that is no string: the mark brings its
	// own quotes.
	bare bool
	// quote is how its quotes are written.
	quote string
	// merged says that the mark is to be made anew.
	merged bool
}

// cutValue replaces a value that is no string, or a whole string with its quotes.
//
// The hash is of the bytes as they stand, so that 1 and 1.0 have different marks.
func (w *edits) cutValue(from, to int, action Action, rule string) {
	if !w.withinLimit() {
		return
	}
	old := w.data[from:to]
	c := cut{from: from, to: to, rule: rule, bare: true, quote: w.quote}
	switch action {
	case Drop:
		// It would be found again in each pass, and the passes would not end with nothing to
		// cut.
		if string(old) == "null" {
			return
		}
	case Mask:
		c.mark = secret.Mark(rule, "")
	default:
		c.mark = secret.Mark(rule, w.r.keys.fingerprint(old))
	}
	w.add(c)
}

// reuse returns an empty list to append to. One that grew large gives its memory back.
//
// The elements are cleared, since their strings would keep a message alive that is long
// stored.
func reuse(cuts []cut) []cut {
	if cap(cuts) > schema.MaxRedactions {
		return nil
	}
	clear(cuts)
	return cuts[:0]
}

// addCut cuts a part of a string, or of text, whose value is value.
//
// value is what the hash is of: the decoded text, so that a value has one mark however a
// message escapes it.
func (w *edits) addCut(from, to int, rule string, value []byte) {
	if from, to = secret.Widen(w.data, from, to); from == to {
		return
	}
	if !w.withinLimit() || w.covered(from, to) {
		return
	}
	w.add(cut{from: from, to: to, rule: rule, mark: secret.Mark(rule, w.r.keys.fingerprint(value))})
}

// covered reports whether one of the last cuts takes the place anyway. Views of one text show
// the same credential, and its keyed hash is most of what a cut costs.
func (w *edits) covered(from, to int) bool {
	for i := len(w.cuts) - 1; i >= max(0, len(w.cuts)-8); i-- {
		if c := &w.cuts[i]; c.from <= from && to <= c.to {
			w.budget.Spend(stepsPerCut / 8)
			return true
		}
	}
	return false
}

// withinLimit reports whether one more cut may be; a message with too many is withheld.
func (w *edits) withinLimit() bool {
	// Withheld for good: nothing is cut any more, and the caller stores no body.
	if len(w.cuts) > maxCuts || w.withheld != "" {
		w.withheld = WithheldCuts
		return false
	}
	return true
}

// add adds a cut where the walk stands.
func (w *edits) add(c cut) {
	if !w.withinLimit() {
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
func (w *edits) cutString(from, to int, rule string) {
	w.addCut(from, to, rule, w.decode(from, to))
}

// decode returns the text of a raw string; it holds until the next call.
func (w *edits) decode(from, to int) []byte {
	raw := w.data[from:to]
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw
	}
	w.budget.Spend(to - from)
	unescape(&w.r.name, raw)
	return w.r.name.Text
}
