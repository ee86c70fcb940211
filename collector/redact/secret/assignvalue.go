package secret

import "bytes"

// take finds the end of the value that begins at text[i].
func (a *assignment) take(text []byte, i int) bool {
	slashes := i
	for i < len(text) && text[i] == '\\' && i-slashes < 16 {
		i++
	}
	depth := i - slashes
	if i < len(text) && (text[i] == '"' || text[i] == '\'' || text[i] == '`') {
		a.quote = text[i]
		a.from = i + 1
		a.to = closing(text, a.from, a.quote, depth)
		return a.to > a.from
	}
	if i = slashes; i >= len(text) {
		return false
	}
	a.from = i
	if a.class == Always && (a.sep == ':' || a.sep == '=') {
		// A header's value goes to the end of its line.
		_, a.to = runUntil(text, i, "\r\n\"'`\\<>")
		if a.sep == '=' || !a.startsLine(text) {
			_, a.to = runUntil(text, i, "\r\n\"'`\\<>&, ")
			if scheme := text[a.from:a.to]; bytes.EqualFold(scheme, []byte("bearer")) || bytes.EqualFold(scheme, []byte("basic")) ||
				bytes.EqualFold(scheme, []byte("token")) || bytes.EqualFold(scheme, []byte("dpop")) {
				a.from, a.to = runUntil(text, a.to, "\r\n\"'`\\<>&, ")
			}
		}
		return a.to > a.from
	}
	a.to = i
	for a.to < len(text) && a.to < i+4096 {
		c := text[a.to]
		if c <= ' ' || c == '"' || c == '\'' || c == '`' || c == '<' || c == '>' || c == '&' || c == ';' ||
			c == '\\' && a.to+1 < len(text) && bytes.IndexByte([]byte(`"'nrt`), text[a.to+1]) >= 0 {
			break
		}
		if c == ',' && a.to+1 < len(text) && (isSpace(text[a.to+1]) || nameFollows(text[a.to+1:])) {
			break
		}
		a.to++
	}
	end := a.to
	if a.sep != '=' || !a.tight {
		for a.to > a.from && bytes.IndexByte([]byte(",.)]}:"), text[a.to-1]) >= 0 {
			a.to--
		}
	}
	a.line = a.startsLine(text) && end == a.to && (end >= len(text) || text[end] == '\n' || text[end] == '\r' ||
		text[end] == '\\' && end+1 < len(text) && text[end+1] == 'n')
	return a.to > a.from
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
// backslashes as the opening one had.
func closing(text []byte, from int, quote byte, depth int) int {
	slashes := 0
	for i := from; i < len(text) && i < from+64<<10; i++ {
		switch text[i] {
		case '\\':
			slashes++
			continue
		case quote:
			if slashes <= depth {
				return i - slashes
			}
		case '\n':
			if quote != '`' && depth == 0 {
				return i
			}
		}
		slashes = 0
	}
	return min(len(text), from+64<<10)
}

// startsLine reports whether only a list's dash, an export or blanks stand before
// the name.
func (a *assignment) startsLine(text []byte) bool {
	i := a.nameFrom
	for i > 0 && a.nameFrom-i < 64 && (text[i-1] == ' ' || text[i-1] == '\t' || text[i-1] == '-' || text[i-1] == '>' || text[i-1] == '<' ||
		text[i-1] == '*' || text[i-1] == '#') {
		i--
	}
	for _, word := range []string{"export", "set", "env", "ENV", "ARG"} {
		if n := i - len(word); n >= 0 && string(text[n:i]) == word {
			i = n
			break
		}
	}
	return i == 0 || text[i-1] == '\n' || text[i-1] == '\r' || i > 1 && text[i-1] == 'n' && text[i-2] == '\\'
}

// credential decides by how sure the name is and how much the value looks like
// something to keep: what is code, a type, a word or a place for a value stays.
func (a *assignment) credential() bool {
	v := a.value
	if placeholder(v) || isMark(v) || sameName(a.name, v) || a.quotedName && Version(v) {
		return false
	}
	if bytes.HasPrefix(v, []byte(markPrefix)) {
		return true // a mark and more
	}
	if scheme := bytes.IndexByte(v, ' '); scheme > 0 && isMark(v[scheme+1:]) {
		return false
	}
	spaces := bytes.IndexByte(v, ' ') >= 0
	digits, letters, others := count(v)
	switch {
	case a.class == Always:
		bare := bytes.TrimRight(v, ";,)}] ")
		switch {
		case a.sep == ' ' || a.sep == 'i':
			return a.quote == 0 && strong(v)
		case identifier(bare) || code(bare) || bytes.Contains(v, []byte("${")):
			return false
		}
		return len(v) >= 6 && (digits > 0 || len(v) >= 20 || others > 0)
	case a.quote != 0 && a.quotedName && a.sep == ':':
		// JSON inside of the text.
		switch a.class {
		case Password:
			return true
		case Secret:
			return len(v) >= 4 && !spaces
		}
		return len(v) >= 6 && !spaces && (digits > 0 || len(v) >= 16 && !wordy(v))
	case a.quote != 0:
		if a.sep == ' ' && !a.flag || spaces && (a.class != Password || digits == 0) || len(v) < 4 {
			return false
		}
		if a.class == Password {
			return !label(v)
		}
		return digits > 0 && (letters > 0 || len(v) > 7) && !code(v) && len(v) >= 6 || len(v) >= 16 && !wordy(v) && !code(v)
	case a.sep == '>':
		return len(v) >= 3 && (digits > 0 || others > 0 || a.class == Password && !label(v))
	case a.flag && (a.sep == ' ' || a.sep == '='):
		return v[0] != '-' && len(v) >= 3 && !code(v) && (digits > 0 || others > 0 || a.class == Password || len(v) > 8 && !wordy(v))
	case a.sep == ' ':
		return a.class >= Password && len(v) >= 6 && digits > 0 && letters > 0 && !code(v) || strong(v)
	case a.query:
		return len(v) >= 4 && (digits > 0 || len(v) >= 12 || a.class == Password) && !code(v)
	case a.sep == '=' && a.tight && upperName(a.name):
		return len(v) >= 3 && (a.class >= Secret || len(v) >= 6 && (digits > 0 || !wordy(v))) && !shellCode(v)
	case a.line && !code(v):
		if a.class == Password {
			return len(v) >= 4 && !typeName(v) && !label(v)
		}
		return len(v) >= 6 && (digits > 0 && letters > 0 || len(v) >= 12 && !wordy(v))
	}
	if code(v) || len(v) < 6 {
		return false
	}
	if a.class == Password && digits > 0 && letters > 0 {
		return true
	}
	return strong(v) || digits > 0 && letters > 0 && len(v) >= 8 && !identifier(v)
}
