package secret

import "bytes"

// A mark stands in the record where something was cut: [mcptrail:rule:0123456789abcdef],
// or [mcptrail:rule] where nothing may be joined. Marks are left alone.

const (
	markPrefix = "[mcptrail:"
	// MarkDigits is how many hexadecimal digits of the keyed hash a mark shows.
	MarkDigits = 16
	maxRule    = 64
)

// Mark returns the text that stands for a cut by rule; sum may be empty.
func Mark(rule, sum string) string {
	if sum == "" {
		return markPrefix + rule + "]"
	}
	return markPrefix + rule + ":" + sum + "]"
}

// markAt returns the length of the mark that text begins with, 0 for none.
func markAt(text []byte) int {
	if !bytes.HasPrefix(text, []byte(markPrefix)) {
		return 0
	}
	i := len(markPrefix)
	for i < len(text) && i <= len(markPrefix)+maxRule && ('a' <= text[i] && text[i] <= 'z' || isDigit(text[i]) || text[i] == '-') {
		i++
	}
	if i < len(text) && text[i] == ':' {
		for n := 1; n <= MarkDigits; n++ {
			if i+n >= len(text) || !isDigit(text[i+n]) && (text[i+n] < 'a' || text[i+n] > 'f') {
				return 0
			}
		}
		i += 1 + MarkDigits
	}
	if i < len(text) && text[i] == ']' {
		return i + 1
	}
	return 0
}

// isMark reports whether v is a mark, as far as the caller's idea of a value has not
// cut its end off, and nothing else.
func isMark(v []byte) bool {
	if !bytes.HasPrefix(v, []byte(markPrefix)) {
		return false
	}
	n := markAt(v)
	if n == 0 {
		return markAt(append(bytes.Clone(v), ']')) == len(v)+1
	}
	for _, c := range v[n:] {
		if isAlnum(c) {
			return false
		}
	}
	return true
}

// IsMark reports whether v is exactly one mark.
func IsMark(v []byte) bool { n := markAt(v); return n > 0 && n == len(v) }

// MarkEnd returns where the mark ends that stands around text[at], or at.
func MarkEnd(text []byte, at int) int {
	from := bytes.LastIndex(text[max(0, at-maxMark):at], []byte(markPrefix))
	if from < 0 {
		return at
	}
	from += max(0, at-maxMark)
	return max(at, from+markAt(text[from:]))
}

const maxMark = len(markPrefix) + maxRule + 1 + MarkDigits + 1
