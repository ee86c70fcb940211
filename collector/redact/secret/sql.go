package secret

// identified takes the password of IDENTIFIED BY and its kin in SQL: IDENTIFIED [WITH
// plugin] BY [VALUES | PASSWORD] password.
func identified(s *scan, at int, m *matcher) {
	text := s.text
	i := at + len("identified")
	end := min(len(text), i+96)
	s.budget.Spend(end - i)
	for n := 0; n < 6 && i < end; n++ {
		for i < end && isSpace(text[i]) {
			i++
		}
		from := i
		for i < end && isNameByte(text[i]) {
			i++
		}
		switch word := toLower(string(text[from:i])); word {
		case "by":
			if a := (assignment{nameFrom: at}); upperName(text[at:at+len("identified")]) || a.statement(text) {
				s.sqlValue(i, m)
			}
			return
		case "":
			if i >= end || !isQuote(text[i]) {
				return
			}
			i++ // WITH 'plugin'
		}
	}
}

// sqlValue takes the literal or the word at text[i:].
func (s *scan) sqlValue(i int, m *matcher) {
	text := s.text
	for n := 0; n < 3; n++ {
		for i < len(text) && (isSpace(text[i]) || text[i] == '(') {
			i++
		}
		if !startsWithFold(text, i, "values ") && !startsWithFold(text, i, "password ") && !startsWithFold(text, i, "password(") {
			break
		}
		for i < len(text) && isAlpha(text[i]) {
			i++
		}
	}
	a := assignment{class: Password, sep: '=', nameFrom: i, nameTo: i, tight: true}
	if i < len(text) && a.take(text, i) && !placeholder(a.value) && !isMark(a.value) && len(a.value) > 2 && a.quote != '`' && (a.quote != 0 || !sqlWord(a.value)) {
		s.nameEnd = max(s.nameEnd, a.to)
		s.add(a.from, a.to, m.rule)
	}
}

// sqlWord reports whether a bare word behind BY is one of a sentence.
func sqlWord(v []byte) bool {
	digits, _, others := count(v)
	return digits == 0 && others == 0 && (len(v) < 6 || proseWords[toLower(string(v))])
}

var proseWords = words(`the a an its their this that name number unique means having being using which whose where experts authors default
	random external global globally kerberos certificate number prefix password`)

// statement reports whether a name stands in a statement of SQL that sets passwords.
func (a *assignment) statement(text []byte) bool {
	from := lineStart(text, a.nameFrom, 160)
	for i := from; i < a.nameFrom; i++ {
		if i > from && isNameByte(text[i-1]) {
			continue
		}
		for _, word := range []string{"alter ", "create ", "with ", "set ", "encrypted ", "grant "} {
			if startsWithFold(text, i, word) {
				return true
			}
		}
	}
	return false
}
