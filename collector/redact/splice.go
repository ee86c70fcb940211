package redact

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/mcptrail/mcptrail/collector/redact/secret"
	"github.com/mcptrail/mcptrail/schema"
)

// standing drops the redactions whose marks the cuts of a later pass take away.
func (w *edits) standing(all []schema.Redaction) []schema.Redaction {
	if len(all) == 0 {
		return all
	}
	for _, c := range w.cuts {
		gone := bytes.Clone(w.data[c.from:c.to])
		for _, within := range []func(schema.Redaction, cut) bool{below, w.within} { // the surest first
			all = slices.DeleteFunc(all, func(r schema.Redaction) bool {
				i := bytes.Index(gone, []byte(r.Token))
				if i < 0 || r.Token == "" || !within(r, c) {
					return false
				}
				gone[i] = 0 // each mark accounts for one
				return true
			})
		}
	}
	for _, name := range w.renamed {
		for i, r := range all {
			if rest, ok := strings.CutPrefix(r.Pointer, name[0]); ok && (rest == "" || rest[0] == '/') {
				all[i].Pointer = name[1] + rest
			}
		}
	}
	return all
}

// below reports whether an earlier redaction is of the cut's value or of a part of it.
func below(r schema.Redaction, c cut) bool {
	rest, ok := strings.CutPrefix(r.Pointer, c.pointer)
	return ok && (rest == "" || rest[0] == '/')
}

// within reports whether an earlier redaction's mark can lie in a cut: at or below
// its value, or in the name of a member. What is no JSON, or not all of it, reads
// differently each time.
func (w *edits) within(r schema.Redaction, c cut) bool {
	return w.plain || w.in.Body.Cut() || r.Pointer == "" || strings.HasPrefix(r.Pointer, c.pointer) || strings.Contains(r.Pointer, r.Token)
}

// splice replaces the cuts and leaves every other byte as it is.
func (w *edits) splice() ([]byte, []schema.Redaction) {
	slices.SortStableFunc(w.cuts, func(a, b cut) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to))
	})
	cuts := w.cuts[:0]
	for _, c := range w.cuts {
		if n := len(cuts); n > 0 && c.from < cuts[n-1].to {
			last := &cuts[n-1]
			if c.to > last.to && !last.bare {
				// Two that overlap become one; its mark is that of both together.
				last.to, last.merged = c.to, true
			}
			continue
		}
		cuts = append(cuts, c)
	}
	w.cuts = cuts
	out := make([]byte, 0, len(w.data)+64*min(len(cuts), 16))
	redactions := make([]schema.Redaction, 0, min(len(cuts), schema.MaxRedactions+1))
	at := 0
	for _, c := range cuts {
		out = append(out, w.data[at:c.from]...)
		if c.merged {
			c.mark = secret.Mark(c.rule, w.r.keys.fingerprint(w.data[c.from:c.to]))
		}
		switch {
		case c.mark == "":
			out = append(out, "null"...)
		case c.bare:
			out = append(append(append(out, c.quote...), c.mark...), c.quote...)
		default:
			out = append(out, c.mark...)
		}
		at = c.to
		if len(redactions) <= schema.MaxRedactions {
			redactions = append(redactions, schema.Redaction{Pointer: c.pointer, Rule: c.rule, Length: uint64(c.to - c.from), Token: c.mark})
		}
	}
	return append(out, w.data[at:]...), redactions
}
