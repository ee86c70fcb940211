package redact

import (
	"bytes"

	"github.com/mcptrail/mcptrail/collector/redact/secret"
)

// item is a string that stands in an array with others: an element, or the text of
// an element. A secret may be spread over several of them.
type item struct {
	// from and to are its raw content.
	from, to, index int
	member          bool
}

const (
	// maxJoined items are scanned together, and the last keptJoined of them once more with
	// the next ones.
	maxJoined, keptJoined = 256, 8
	// seam is how many bytes on either side of a seam are scanned; the middle of a longer
	// item was scanned on its own.
	seam = 4096
)

// part is a piece of an item in the joined text.
type part struct {
	// at is where it begins in the joined text, offset where in the item's text.
	at, offset, item int
}

// splitSecrets finds secrets that cross from one item to the next, by scanning the items
// joined without a separator. The walk's path stands at the array.
func (w *walk) splitSecrets(base int) {
	items := w.items[base:]
	if len(items) < 2 || w.depth > 0 {
		return
	}
	var text []byte
	var parts []part
	for n := range items {
		piece := w.decode(items[n].from, items[n].to)
		if len(piece) > 2*seam {
			parts = append(parts, part{len(text), 0, n})
			text = append(append(text, piece[:seam]...), '\n')
			parts = append(parts, part{len(text), len(piece) - seam, n})
			piece = piece[len(piece)-seam:]
		} else {
			parts = append(parts, part{len(text), 0, n})
		}
		text = append(text, piece...)
	}
	w.budget.Spend(len(text))
	found, _ := w.r.engine.Find(nil, text, w.budget)
	for _, s := range found {
		first, last := partOf(parts, s.From), partOf(parts, s.To-1)
		begins := s.From > 0 && parts[first].at == s.From // only its name is in the part before
		if parts[first].item == parts[last].item && !begins {
			continue
		}
		value := s.Value
		if value == nil {
			value = text[s.From:s.To]
		}
		for p := first; p <= last; p++ {
			end := len(text)
			if p+1 < len(parts) {
				end = parts[p+1].at
			}
			w.cutPart(items[parts[p].item], max(s.From, parts[p].at)-parts[p].at+parts[p].offset,
				min(s.To, end)-parts[p].at+parts[p].offset, s.Rule, value)
		}
	}
}

func partOf(parts []part, at int) int {
	for i := len(parts) - 1; i > 0; i-- {
		if parts[i].at <= at {
			return i
		}
	}
	return 0
}

// cutPart cuts bytes from to to of an item's text.
func (w *edits) cutPart(it item, from, to int, rule string, value []byte) {
	raw := w.data[it.from:it.to]
	if bytes.IndexByte(raw, '\\') >= 0 {
		var v secret.View
		unescape(&v, raw)
		from, to = v.Origin(min(from, len(v.Text))), v.Origin(min(to, len(v.Text)))
	}
	if from = min(from, len(raw)); from >= min(to, len(raw)) {
		return
	}
	steps := len(w.path)
	w.path = append(w.path, step{index: it.index})
	if it.member {
		w.path = append(w.path, step{index: -1, name: "text"})
	}
	w.addCut(it.from+from, it.from+min(to, len(raw)), rule, value)
	w.path = w.path[:steps]
}
