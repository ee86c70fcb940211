package secret

import "bytes"

// maxValue bounds a value without quotes, and maxQuoted one in quotes, in bytes.
const maxValue, maxQuoted = 4 << 10, 64 << 10

// take finds the end of the value that begins at text[i].
func (a *assignment) take(text []byte, i int) bool {
	slashes := i
	for i < len(text) && text[i] == '\\' && i-slashes < 16 {
		i++
	}
	depth := i - slashes
	if i < len(text) && prefixedQuote(text, i) {
		i++ // N'…' of SQL, b"…" and r"…" of programs
	}
	if i < len(text) && isQuote(text[i]) {
		a.quote = text[i]
		if bytes.HasPrefix(text[i:], []byte(`"""`)) || bytes.HasPrefix(text[i:], []byte(`'''`)) {
			i += 2
		}
		a.from = i + 1
		a.to, a.ends = closing(text, a.from, a.quote, depth)
	} else {
		if i = slashes; i >= len(text) {
			return false
		}
		if i = block(text, i); i < 0 {
			return false
		}
		a.from = i
		if a.class == Always && (a.sep == ':' || a.sep == '=') {
			a.header(text, i)
		} else {
			a.bare(text, i)
		}
	}
	a.value = text[a.from:max(a.from, a.to)]
	return a.to > a.from
}

func prefixedQuote(text []byte, i int) bool {
	return i+1 < len(text) && (text[i+1] == '\'' || text[i+1] == '"') && bytes.IndexByte([]byte("NnEeBbRrUuXxLf@"), text[i]) >= 0
}

// block skips the sign of a YAML block or of a tag before a value, !!binary and |-; -1
// where nothing follows.
func block(text []byte, i int) int {
	if text[i] == '!' {
		for i < len(text) && !isSpace(text[i]) {
			i++
		}
		i = skipBlanks(text, i)
	}
	if i < len(text) && (text[i] == '|' || text[i] == '>') {
		end := lineEnd(text, i, 8)
		if end < len(text) && text[end] == '\n' {
			i = end
			for i < len(text) && isSpace(text[i]) {
				i++
			}
		}
	}
	if i >= len(text) {
		return -1
	}
	return i
}

// header takes a header's value, which goes to the end of its line; where the name begins
// none, one word after the scheme.
func (a *assignment) header(text []byte, i int) {
	_, a.to = runUntil(text, i, &headerStops)
	if a.sep == '=' || !a.startsLine(text) {
		_, a.to = runUntil(text, i, &wordStops)
		if from, to := runUntil(text, a.to, &wordStops); schemeName(text[a.from:a.to]) && to > from && tokenLike(text[from:to]) {
			a.from, a.to = from, to
		}
	}
	if signedScheme(text[a.from:a.to]) || a.from != i && signedScheme(text[i:a.from]) {
		a.from, a.to = i, lineEnd(text, i, maxValue) // the signature is the last of its parameters
	}
	a.ends = a.to == len(text)
}

// schemeName reports whether a word can be the scheme of an Authorization header (RFC 9110).
func schemeName(v []byte) bool {
	digits, letters, others := count(v)
	return letters >= 3 && digits+others == 0 && len(v) <= 24
}

// signedScheme reports whether a header's value begins with a scheme whose credential is one of
// several parameters.
func signedScheme(v []byte) bool {
	for _, scheme := range []string{"digest ", "aws4-", "oauth ", "hawk ", "signature ", "mac ", "acs3-", "tc3-", "goog4-"} {
		if startsWithFold(v, 0, scheme) || startsWithFold(v, 0, scheme[:len(scheme)-1]) && len(v) == len(scheme)-1 {
			return true
		}
	}
	return false
}

var headerStops, wordStops = bytesOf("\r\n\"'`\\<>"), bytesOf("\r\n\"'`\\<>&, ")

// bare takes a value without quotes: a word, without the signs of a sentence at its end.
func (a *assignment) bare(text []byte, i int) {
	if phraseName(a.name) && phrase(bytes.TrimSpace(text[i:lineEnd(text, i, maxValue)])) {
		end := lineEnd(text, i, maxValue)
		a.to = i + len(bytes.TrimRight(text[i:end], " \t.,\"'`"))
		a.line, a.ends = a.startsLine(text), end == len(text)
		return
	}
	a.to = i
	for a.to < len(text) && a.to < i+maxValue && !a.stops(text, a.to) {
		a.to++
	}
	end := a.to
	a.ends = end == len(text)
	if a.sep != '=' || !a.tight {
		for a.to > a.from && bytes.IndexByte([]byte(",.)]}:"), text[a.to-1]) >= 0 {
			a.to--
		}
	}
	a.line = a.startsLine(text) && end == a.to && (end >= len(text) || text[end] == '\n' || text[end] == '\r' ||
		text[end] == '\\' && end+1 < len(text) && text[end+1] == 'n')
}

// stops reports whether a value without quotes ends at text[i].
func (a *assignment) stops(text []byte, i int) bool {
	switch c := text[i]; c {
	case '"', '\'', '`', '<', '>', '&', ';':
		return true
	case '|':
		return a.sep == ':' && i > 0 && isBlank(text[i-1])
	case '\\':
		return i+1 < len(text) && bytes.IndexByte([]byte(`"'nrt`), text[i+1]) >= 0
	case ',':
		return i+1 < len(text) && (isSpace(text[i+1]) || nameFollows(text[i+1:]))
	case 0xe3: // 、 and 。
		return bytes.HasPrefix(text[i:], []byte("、")) || bytes.HasPrefix(text[i:], []byte("。")) || bytes.HasPrefix(text[i:], []byte("」"))
	case 0xef: // ， and ；
		return bytes.HasPrefix(text[i:], []byte("，")) || bytes.HasPrefix(text[i:], []byte("；"))
	default:
		return c <= ' '
	}
}

// nameFollows reports whether text begins with name= or name:, as lists of
// assignments go on.
func nameFollows(text []byte) bool {
	i := 0
	for i < len(text) && i < 40 && isNameByte(text[i]) {
		i++
	}
	return i > 0 && i < len(text) && (text[i] == '=' || text[i] == ':')
}

// closing returns where a quoted value ends: before the next quote with as many
// backslashes as the opening one had; cut: the text ends before.
func closing(text []byte, from int, quote byte, depth int) (to int, cut bool) {
	slashes := 0
	for i := from; i < len(text) && i < from+maxQuoted; i++ {
		switch text[i] {
		case '\\':
			slashes++
			continue
		case quote:
			if slashes <= depth {
				return i - slashes, false
			}
		case '\n':
			if quote != '`' && depth == 0 {
				return i, false
			}
		}
		slashes = 0
	}
	return min(len(text), from+maxQuoted), true
}

// startsLine reports whether only a list's dash, an export or blanks stand before
// the name.
func (a *assignment) startsLine(text []byte) bool {
	i := a.nameFrom
	for i > 0 && a.nameFrom-i < 64 && bytes.IndexByte([]byte(" \t-><*#"), text[i-1]) >= 0 {
		i--
	}
	for _, word := range []string{"export", "set", "env", "ENV", "ARG", "setenv"} {
		if n := i - len(word); n >= 0 && string(text[n:i]) == word {
			i = n
			break
		}
	}
	return i == 0 || text[i-1] == '\n' || text[i-1] == '\r' || i > 1 && text[i-1] == 'n' && text[i-2] == '\\'
}
