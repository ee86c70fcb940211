package secret

import "bytes"

// assignment is a name with the value that stands after it.
type assignment struct {
	name, value []byte
	class       Class
	// nameFrom and nameTo are where the name stands, from and to where the value does.
	nameFrom, nameTo, from, to int
	// quote that the value stands in; 0 for none.
	quote byte
	// quotedName: the name is quoted too, as in JSON.
	quotedName bool
	// sep is what stands between: = : > (a tag), , (an argument), ( (a call), i (the word is),
	// ~ (words), p (a member of its own), or a blank.
	sep byte
	// tight: nothing stands on either side of the separator.
	tight bool
	// line: the name begins its line and the value ends it.
	line bool
	// flag: the name begins with a dash. query: it follows ? or &.
	flag, query bool
	// sql: the name stands in a statement of SQL.
	sql bool
	// ends: the value ends where the text does, which may be in the middle of it.
	ends bool
}

// assigned finds the value of a credential's name, in the forms in which text assigns
// values: JSON, YAML, shells, URLs, headers, tags, calls, tables, source code, prose.
func assigned(s *scan, at int, m *matcher) {
	if at < s.nameEnd {
		return // a second word of a name that was tried already
	}
	var a assignment
	if !a.read(s, at, len(m.anchor)) {
		return
	}
	s.hints |= HintName
	if next := a.separate(s.text); next >= 0 && a.take(s.text, next) {
		s.budget.Spend(a.to - a.nameTo)
		a.sql = a.sep == ' ' && (a.quote == '\'' && a.statement(s.text) || a.nameFrom > 4 && startsWithFold(s.text, a.nameFrom-5, "setx "))
		if a.credential() && !s.ordinary(&a) {
			s.assign(&a)
			return
		}
		if a.sep != ' ' && a.sep != ',' {
			s.column(&a)
			return
		}
	}
	if !s.column(&a) && !s.pair(&a) {
		s.prose(&a)
	}
}

// assign reports the value of an assignment.
func (s *scan) assign(a *assignment) {
	s.nameEnd = max(s.nameEnd, a.to)
	rule := "assigned"
	if a.class == Always {
		rule = "credential-header"
	}
	s.add(a.from, a.to, rule)
}

// read finds the name around the word at text[at:at+word], and reports whether it is a
// credential's.
func (a *assignment) read(s *scan, at, word int) bool {
	text := s.text
	for word > 0 && !isNameByte(text[at+word-1]) {
		word-- // the sign behind a short word, by which it is found
	}
	from, to := at, at+word
	for from > 0 && at-from < maxName && isNameByte(text[from-1]) {
		from--
	}
	for to < len(text) && to-at < maxName && isNameByte(text[to]) {
		to++
	}
	s.nameEnd = to
	s.budget.Spend(to - from)
	// A letter of an escape is no part of the name.
	if from > 0 && text[from-1] == '\\' && to-from > 1 && (text[from] == 'n' || text[from] == 't' || text[from] == 'r') {
		from++
	}
	to = cutWideSign(text, from, to)
	a.name, a.nameFrom, a.nameTo = text[from:to], from, to
	a.class = s.Class(a.name)
	if a.spaced(s); a.class == Plain {
		return false
	}
	a.flag = a.name[0] == '-'
	if from > 0 {
		a.query = text[from-1] == '?' || text[from-1] == '&'
	}
	return true
}

// spaced takes the words behind a name that belong to it: secret access key.
func (a *assignment) spaced(s *scan) {
	text, to := s.text, a.nameTo
	for n := 0; n < 3 && to+1 < len(text) && text[to] == ' ' && (isAlpha(text[to+1]) || text[to+1] >= 0x80); n++ {
		for to++; to < len(text) && (isNameByte(text[to]) || text[to] == '\''); to++ {
		}
		if to >= len(text) || to-a.nameTo >= 32 {
			return
		}
		if bytes.IndexByte([]byte(":=\"'`*"), text[to]) < 0 {
			continue
		}
		if class := s.Class(text[a.nameFrom:to]); class >= Token {
			a.name, a.nameTo, a.class = text[a.nameFrom:to], to, class
			s.nameEnd = to
			return
		}
	}
}

// wideSigns part names from values in scripts that have no blanks.
var wideSigns = [][]byte{[]byte("："), []byte("＝"), []byte("是"), []byte("为"), []byte("為"), []byte("は"), []byte("は、"), []byte("「"), []byte("는"), []byte("은")}

// cutWideSign ends a name before a separator that is made of the same bytes as names.
func cutWideSign(text []byte, from, to int) int {
	ascii := true
	for _, c := range text[from:to] {
		ascii = ascii && c < 0x80
	}
	if ascii {
		return to
	}
	for _, sign := range wideSigns {
		if i := bytes.Index(text[from:to], sign); i > 0 {
			to = from + i
		}
	}
	return to
}

// separate finds what stands between name and value, and returns where the value
// may begin, or -1.
func (a *assignment) separate(text []byte) int {
	i, start := a.nameTo, a.nameTo
	// The name's own quote and brackets: "name", 'name', ["name"], \"name\", **name**.
	for i < len(text) && i-start < 8 && bytes.IndexByte([]byte("\\\"'`])*"), text[i]) >= 0 {
		a.quotedName = a.quotedName || isQuote(text[i])
		i++
	}
	blanks := i
	for i < len(text) && isBlank(text[i]) && i-blanks < 32 {
		i++
	}
	if i >= len(text) {
		return -1
	}
	if i = a.separator(text, i, blanks); i < 0 || a.sep == ' ' {
		return i
	}
	a.tight = i == start+1
	gap := i
	for i < len(text) && isSpace(text[i]) && i-gap < 32 {
		if text[i] == '\n' && !a.quotedName && a.sep != '>' {
			return -1
		}
		i++
	}
	a.tight = a.tight && i == gap
	return i
}

// separator reads the separator at text[i], behind the blanks that begin at blanks, and
// returns what follows it, or -1 where there is none.
func (a *assignment) separator(text []byte, i, blanks int) int {
	tagged := a.tagged(text)
	rest := text[i:]
	switch c := text[i]; {
	case bytes.HasPrefix(rest, []byte(":=")), bytes.HasPrefix(rest, []byte("=>")), bytes.HasPrefix(rest, []byte("->")), bytes.HasPrefix(rest, []byte("?=")):
		a.sep = '='
		return i + 2
	case bytes.HasPrefix(rest, []byte("::")), bytes.HasPrefix(rest, []byte("==")), c == '!':
		return -1 // a scope, a comparison
	case c == ':' && typed(text, i+1) > 0:
		a.sep = '='
		return typed(text, i+1)
	case c == ':' || c == '=':
		a.sep, i = c, i+1
		for n := 0; n < 3 && i < len(text) && text[i] == '*'; n++ {
			i++ // **name:** value
		}
		return i
	case c >= 0x80:
		for _, sign := range wideSigns {
			if bytes.HasPrefix(rest, sign) {
				a.sep = ':'
				return i + len(sign)
			}
		}
		if bytes.HasPrefix(rest, []byte("→")) || bytes.HasPrefix(rest, []byte("–")) || bytes.HasPrefix(rest, []byte("—")) {
			a.sep = ':'
			return i + 3
		}
	case c == '|' && !a.quotedName: // a cell of a table
		a.sep = ':'
		return i + 1
	case c == '>' && (tagged || a.quotedName):
		a.sep = '>'
		return insideTags(text, i+1)
	case c == '<' && i+1 < len(text) && text[i+1] == '/' && !tagged: // <td>name</td><td>value
		a.sep = '>'
		return insideTags(text, i)
	case c == '(' && i == a.nameTo:
		a.sep = '('
		return i + 1
	case c == ',' && a.quotedName:
		a.sep = ','
		return i + 1
	case i > blanks && (tagged || a.quotedName): // <name type="x">
		if end := tagEnd(text, i); end > 0 {
			return a.attribute(text, i, end)
		}
	}
	if i == blanks {
		return -1
	}
	for _, verb := range verbs {
		if startsWithFold(text, i, verb) {
			a.sep = 'i'
			return i + len(verb)
		}
	}
	if next := typed(text, i); next > 0 {
		a.sep = '='
		return next
	}
	a.sep = ' '
	return i
}

// typed returns where the value of a declaration with a type begins, whose type stands at text[i:]:
// password: String = "…", password string = "…". It is -1 where there is none.
func typed(text []byte, i int) int {
	i = skipBlanks(text, i)
	from := i
	for i < len(text) && i < from+32 && (isAlnum(text[i]) || bytes.IndexByte([]byte("_.<>?&[]"), text[i]) >= 0) {
		i++
	}
	to := i
	i = skipBlanks(text, i)
	if to == from || !isAlpha(text[from]) && text[from] != '&' || i+1 >= len(text) || text[i] != '=' || text[i+1] == '=' || text[i+1] == '>' || i == to {
		return -1
	}
	if i = skipBlanks(text, i+1); i < len(text) && (text[i] == '"' || text[i] == '\'') {
		return i
	}
	return -1
}

// tagged reports whether the name begins a tag, perhaps behind the name of a namespace.
func (a *assignment) tagged(text []byte) bool {
	i := a.nameFrom
	if i > 1 && text[i-1] == ':' {
		for i--; i > 0 && a.nameFrom-i < 16 && isAlnum(text[i-1]); {
			i--
		}
	}
	return i > 0 && text[i-1] == '<'
}

// verbs join a name to its value in prose.
var verbs = []string{"is ", "is: ", "was ", "ist ", "lautet ", "est ", "es ", "é ", "è ", "war ", "to ", "är ", "er ", "jest ", "je ", "este ", "adalah ", "это ", "là "}

// attribute returns where the value of a name inside of a tag begins: value="…" of the
// same tag, or what the tag holds.
func (a *assignment) attribute(text []byte, i, end int) int {
	for _, word := range []string{"value", "default", "content", "text"} {
		at := indexFold(text[i:end], word)
		if at < 0 {
			continue
		}
		if next := skipBlanks(text, i+at+len(word)); next < end && text[next] == '=' {
			a.sep = '='
			return next + 1
		}
	}
	if text[end-1] == '/' {
		return -1
	}
	a.sep = '>'
	return insideTags(text, end+1)
}

func indexFold(text []byte, word string) int {
	for i := 0; i+len(word) <= len(text); i++ {
		if startsWithFold(text, i, word) {
			return i
		}
	}
	return -1
}

// insideTags skips tags and space from text[i] on, to the text that they hold.
func insideTags(text []byte, i int) int {
	for n := 0; n < 6 && i < len(text); n++ {
		for i < len(text) && (isSpace(text[i]) || text[i] == ':') {
			i++
		}
		if i >= len(text) || text[i] != '<' {
			break
		}
		end := tagEnd(text, i+1)
		if end < 0 {
			return -1
		}
		i = end + 1
	}
	return i
}

// tagEnd returns where the tag ends whose attributes begin at text[i], -1 for nowhere.
func tagEnd(text []byte, i int) int {
	for end := i; end < len(text) && end < i+256 && text[end] != '<' && text[end] != '\n'; end++ {
		if text[end] == '>' {
			return end
		}
	}
	return -1
}
