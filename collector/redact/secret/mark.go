package secret

import "bytes"

// A mark stands in the record where something was cut: [mcptrail:rule:0123456789abcdef],
// or [mcptrail:rule] where nothing may be joined. Marks are never cut.

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

// isMark reports whether v is made of marks, as far as the caller's idea of a value
// has not cut the end of the last one off.
func isMark(v []byte) bool {
	if !bytes.HasPrefix(v, []byte(markPrefix)) {
		return false
	}
	for len(v) > 0 {
		switch n := markAt(v); {
		case n > 0:
			v = v[n:]
		case bytes.HasPrefix(v, []byte(markPrefix)):
			return markAt(append(bytes.Clone(v), ']')) == len(v)+1
		case isAlnum(v[0]):
			return false
		default:
			v = v[1:]
		}
	}
	return true
}

// IsMark reports whether v is exactly one mark.
func IsMark(v []byte) bool { n := markAt(v); return n > 0 && n == len(v) }

// markAround returns the mark that text[at] stands inside of, not at its beginning.
func markAround(text []byte, at int) (from, to int, ok bool) {
	low := max(0, at-maxMark)
	i := bytes.LastIndex(text[low:min(len(text), at+len(markPrefix)-1)], []byte(markPrefix))
	if i < 0 || low+i >= at {
		return 0, 0, false
	}
	from = low + i
	to = from + markAt(text[from:])
	return from, to, to > at
}

// MarkEnd returns where the mark ends that stands around text[at], or at.
func MarkEnd(text []byte, at int) int {
	if _, to, ok := markAround(text, at); ok {
		return to
	}
	return at
}

// Widen returns the span with the marks whole that it begins or ends in; it is empty
// if there is nothing but a mark.
func Widen(text []byte, from, to int) (int, int) {
	if start, end, ok := markAround(text, from); ok {
		if to <= end {
			return from, from
		}
		from = start
	}
	if _, end, ok := markAround(text, to); ok {
		to = end
	}
	if isMark(text[from:to]) {
		return from, from
	}
	return from, to
}

const maxMark = len(markPrefix) + maxRule + 1 + MarkDigits + 1
