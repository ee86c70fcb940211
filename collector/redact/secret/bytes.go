package secret

import (
	"bytes"
	"strings"
)

func isDigit(b byte) bool { return '0' <= b && b <= '9' }
func isAlpha(b byte) bool { b = lower(b); return 'a' <= b && b <= 'z' }
func isUpper(b byte) bool { return 'A' <= b && b <= 'Z' }
func isAlnum(b byte) bool { return isAlpha(b) || isDigit(b) }
func isSpace(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' }
func isBlank(b byte) bool { return b == ' ' || b == '\t' }
func isQuote(b byte) bool { return b == '"' || b == '\'' || b == '`' }

// isNameByte: what names are made of; other scripts' letters are bytes from 0x80 on.
func isNameByte(b byte) bool { return isAlnum(b) || b == '_' || b == '-' || b == '.' || b >= 0x80 }

func startsWithFold(text []byte, at int, word string) bool {
	if at < 0 || at+len(word) > len(text) {
		return false
	}
	for i := range len(word) {
		if lower(text[at+i]) != lower(word[i]) {
			return false
		}
	}
	return true
}

// lineEnd returns where the line ends that text[at] stands in, at most limit further.
func lineEnd(text []byte, at, limit int) int {
	end := min(len(text), at+limit)
	if at >= end {
		return end
	}
	if n := bytes.IndexByte(text[at:end], '\n'); n >= 0 {
		end = at + n
	}
	if n := bytes.IndexByte(text[at:end], '\r'); n >= 0 {
		end = at + n
	}
	return end
}

// lineStart returns where the line begins that text[at] stands in, at most limit before.
func lineStart(text []byte, at, limit int) int {
	low := max(0, at-limit)
	for at > low && text[at-1] != '\n' && text[at-1] != '\r' {
		at--
	}
	return at
}

func skipBlanks(text []byte, i int) int {
	for i < len(text) && isBlank(text[i]) {
		i++
	}
	return i
}

// trimSpan narrows text[from:to] by the bytes of cut on either side.
func trimSpan(text []byte, from, to int, cut string) (int, int) {
	has := func(b byte) bool {
		for i := range len(cut) {
			if cut[i] == b {
				return true
			}
		}
		return false
	}
	for from < to && has(text[from]) {
		from++
	}
	for to > from && has(text[to-1]) {
		to--
	}
	return from, to
}

// bytesOf returns the set of the bytes of a text.
func bytesOf(text string) (c class) {
	for i := range len(text) {
		c.add(text[i])
	}
	return c
}

// runUntil returns the run from at until one of stop, after leading blanks.
func runUntil(text []byte, at int, stop *class) (from, to int) {
	at = skipBlanks(text, at)
	to = at
	for to < len(text) && to < at+maxValue && !stop.has(text[to]) {
		to++
	}
	return at, to
}

func hasLower(v []byte) bool {
	for _, c := range v {
		if 'a' <= c && c <= 'z' {
			return true
		}
	}
	return false
}

func hasUpper(v []byte) bool {
	for _, c := range v {
		if isUpper(c) {
			return true
		}
	}
	return false
}

// toLower lowers the letters of ASCII.
func toLower(s string) string {
	b := []byte(s)
	for i := range b {
		b[i] = lower(b[i])
	}
	return string(b)
}

func words(list string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		m[w] = true
	}
	return m
}

// varied reports whether a text has as many different bytes as random text of its length.
func varied(text []byte) bool {
	var seen class
	n := 0
	for _, c := range text {
		if !seen.has(c) {
			seen.add(c)
			n++
		}
	}
	return n >= min(8, len(text)/2)
}
