package secret

import "bytes"

// assignment is a name with the value that stands after it.
type assignment struct {
	name, value []byte
	class       Class
	// nameFrom, from and to are where the name begins and where the value stands.
	nameFrom, from, to int
	// quote that the value stands in; 0 for none.
	quote byte
	// quotedName: the name is quoted too, as in JSON.
	quotedName bool
	// sep is what stands between: = : > (a tag), i (the word is), or a blank.
	sep byte
	// tight: nothing stands on either side of the separator.
	tight bool
	// line: the name begins its line and the value ends it.
	line bool
	// flag: the name begins with a dash. query: it follows ? or &.
	flag, query bool
}

// assigned finds the value of a credential's name, in the forms in which text assigns
// values: JSON, YAML, shells, URLs, headers, tags, source code.
func assigned(e *Engine, text []byte, at int, b *Budget) (Span, bool) {
	if at < e.assigned {
		return Span{}, false // a second word of a name that was tried already
	}
	var a assignment
	from, to := at, at
	for from > 0 && at-from < maxName && isNameByte(text[from-1]) {
		from--
	}
	for to < len(text) && to-at < maxName && (isNameByte(text[to]) || text[to] == ' ' && to-at < 8 && spaced(text, at, to)) {
		to++
	}
	e.assigned = to
	b.Spend(to - from)
	// A letter of an escape is no part of the name.
	if from > 0 && text[from-1] == '\\' && to-from > 1 && (text[from] == 'n' || text[from] == 't' || text[from] == 'r') {
		from++
	}
	a.name, a.nameFrom = text[from:to], from
	if a.class = e.names.Class(a.name); a.class == Plain {
		return Span{}, false
	}
	a.flag = bytes.HasPrefix(a.name, []byte("-"))
	if from > 0 {
		a.query = text[from-1] == '?' || text[from-1] == '&'
	}
	i := a.separate(text, to)
	if i < 0 || !a.take(text, i) {
		return Span{}, false
	}
	b.Spend(a.to - to)
	a.value = text[a.from:a.to]
	if !a.credential() {
		return Span{}, false
	}
	e.assigned = max(e.assigned, a.to)
	rule := "assigned"
	if a.class == Always {
		rule = "credential-header"
	}
	return Span{From: a.from, To: a.to, Rule: rule}, true
}

func isNameByte(b byte) bool { return isAlnum(b) || b == '_' || b == '-' || b == '.' || b >= 0x80 }

// spaced reports whether the blank at to joins the two words of "api key".
func spaced(text []byte, at, to int) bool {
	return startsWithFold(text, to, " key") && to > at || startsWithFold(text, to, " phrase")
}

// separate finds what stands between name and value, and returns where the value
// may begin, or -1.
func (a *assignment) separate(text []byte, i int) int {
	start := i
	// The name's own quote and brackets: "name", 'name', ["name"], \"name\", **name**.
	for i < len(text) && i-start < 8 && bytes.IndexByte([]byte("\\\"'`])*"), text[i]) >= 0 {
		if bytes.IndexByte([]byte("\"'`"), text[i]) >= 0 {
			a.quotedName = true
		}
		i++
	}
	blanks := i
	for i < len(text) && (text[i] == ' ' || text[i] == '\t') && i-blanks < 32 {
		i++
	}
	if i >= len(text) {
		return -1
	}
	switch c := text[i]; {
	case c == ':' && i+1 < len(text) && text[i+1] == '=': // Go's :=
		a.sep, i = '=', i+2
	case c == ':' && i+1 < len(text) && text[i+1] == ':':
		return -1
	case c == '=' && i+1 < len(text) && text[i+1] == '>':
		a.sep, i = '=', i+2
	case c == '=' && i+1 < len(text) && text[i+1] == '=', c == '!':
		return -1 // a comparison
	case c == ':' || c == '=':
		a.sep, i = c, i+1
		for n := 0; n < 3 && i < len(text) && text[i] == '*'; n++ {
			i++ // **name:** value
		}
	case c == '|' && i > blanks && !a.quotedName: // a cell of a table
		a.sep, i = ':', i+1
	case a.quotedName && i > blanks && startsWithFold(text, i, "value="): // key="name" value="…"
		a.sep, i = '=', i+len("value=")
	case c == '>' && a.nameFrom > 0 && text[a.nameFrom-1] == '<':
		a.sep, i = '>', i+1
	case i > blanks && a.nameFrom > 0 && text[a.nameFrom-1] == '<' && tagEnd(text, i) > 0: // <name type="x">
		a.sep, i = '>', tagEnd(text, i)+1
	case i > blanks && startsWithFold(text, i, "is "):
		a.sep, i = 'i', i+3
	case i > blanks:
		a.sep = ' '
		return i
	default:
		return -1
	}
	a.tight = i == start+1
	gap := i
	for i < len(text) && isSpace(text[i]) && i-gap < 32 {
		if text[i] == '\n' && !a.quotedName {
			return -1
		}
		i++
	}
	a.tight = a.tight && i == gap
	return i
}

// tagEnd returns where the tag ends whose attributes begin at text[i], -1 for nowhere.
func tagEnd(text []byte, i int) int {
	for end := i; end < len(text) && end < i+256 && text[end] != '<'; end++ {
		if text[end] == '>' {
			return end
		}
	}
	return -1
}
