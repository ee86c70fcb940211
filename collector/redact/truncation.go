package redact

import (
	"bytes"

	"github.com/mcptrail/mcptrail/collector/redact/secret"
)

// tail cuts the last word of a text that goes on behind the end of what is at hand:
// it may be the beginning of a secret that no rule can recognise yet. Groups of digits and
// capitals before it belong to it.
//
// Such groups are numbers of cards and accounts as people write them. About 256 bytes of
// them are taken back at most, so that a table of numbers loses only its last ones.
func (w *texts) tail(from, to int) {
	if w.depth > 0 {
		return // the text around it goes on
	}
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

// lastMark returns the end of the last mark in text, 0 if there is none that is whole.
func lastMark(text []byte) int {
	if i := bytes.LastIndex(text, []byte("[mcptrail:")); i >= 0 {
		if end := secret.MarkEnd(text, i+1); end > i+1 {
			return end
		}
	}
	return 0
}

func blank(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' }

// group reports whether a word can be one of a number: 2 to 6 digits or capitals.
func group(word []byte) bool {
	for _, c := range word {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return len(word) > 1 && len(word) <= 6
}
