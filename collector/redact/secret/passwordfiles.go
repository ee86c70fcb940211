package secret

import "bytes"

// Files in which tools keep passwords, as they are printed.

// netrc takes the passwords of machine HOST login NAME password VALUE, on one line or
// several.
func netrc(s *scan, at int, m *matcher) {
	text := s.text
	if at > 0 && isNameByte(text[at-1]) {
		return
	}
	i, end := at+len("machine "), min(len(text), at+512)
	word := func() (from, to int) {
		for i < end && (isSpace(text[i]) || text[i] == '\\') {
			i++
		}
		from = i
		for i < end && !isSpace(text[i]) && text[i] != '\\' {
			i++
		}
		return from, i
	}
	word() // the host
	for {
		from, to := word()
		key := toLower(string(text[from:min(to, from+12)]))
		if key != "login" && key != "password" && key != "account" && key != "port" {
			break
		}
		if from, to = word(); key == "password" || key == "account" {
			from, to = trimSpan(text, from, to, "\"'")
			s.add(from, to, m.rule)
		}
	}
	s.budget.Spend(i - at)
}

// pgpass takes the last field of host:port:database:user:password, one a line.
func pgpass(s *scan, at int, m *matcher) {
	text := s.text
	from, to := lineStart(text, at, 512), lineEnd(text, at, 512)
	s.budget.Spend(to - from)
	var signs [5]int
	n := 0
	for i := from; i < to; i++ {
		switch {
		case text[i] == '\\':
			i++
		case text[i] == ' ' && n < 4 || text[i] == '/' && n < 2 && text[from] != '/':
			return
		case text[i] == ':':
			if n == 4 {
				return
			}
			signs[n] = i
			n++
		}
	}
	if n != 4 {
		return
	}
	start := signs[3] + 1
	if isPort := text[signs[0]+1 : signs[1]]; string(isPort) != "*" && !port(isPort) || signs[2] == signs[1]+1 || signs[3] == signs[2]+1 {
		return
	}
	if v := text[start:to]; len(v) >= 4 && bytes.IndexByte(v, ' ') < 0 && !placeholder(v) {
		s.add(start, to, m.rule)
	}
}

// samHashes takes the two hashes of USER:ID:LM:NT:::, as tools dump them.
func samHashes(s *scan, at int, m *matcher) {
	from := at
	for n := 0; n < 2; n++ {
		end := from
		for from > 0 && at-from < 80 && hex(s.text[from-1]) >= 0 {
			from--
		}
		if end-from != 32 {
			return
		}
		s.add(from, end, m.rule)
		if from == 0 || s.text[from-1] != ':' {
			return
		}
		from--
	}
}

// dataSource takes the password of USER:PASSWORD@tcp(HOST), as drivers of databases are
// configured in Go.
func dataSource(s *scan, at int, m *matcher) {
	text, from := s.text, at
	for from > 0 && at-from < 256 && !isSpace(text[from-1]) && !isQuote(text[from-1]) && text[from-1] != '=' {
		from--
	}
	s.budget.Spend(at - from)
	colon := bytes.IndexByte(text[from:at], ':')
	if colon < 0 || at-from-colon < 2 {
		return
	}
	start := from + colon + 1
	if bytes.HasPrefix(text[start:at], []byte("//")) {
		next := bytes.IndexByte(text[start+2:at], ':')
		if next < 0 {
			return
		}
		start += 2 + next + 1
	}
	if v := text[start:at]; !placeholder(v) {
		s.add(start, at, m.rule)
	}
}

// oracleSource takes the password of jdbc:oracle:thin:USER/PASSWORD@HOST.
func oracleSource(s *scan, at int, m *matcher) {
	text := s.text
	from := at + len(m.anchor)
	to := from
	for to < len(text) && to < from+128 && !isSpace(text[to]) && !isQuote(text[to]) && text[to] != '@' {
		to++
	}
	s.budget.Spend(to - from)
	slash := bytes.IndexByte(text[from:to], '/')
	if slash < 0 || to >= len(text) || text[to] != '@' {
		return
	}
	if v := text[from+slash+1 : to]; len(v) > 0 && !placeholder(v) {
		s.add(from+slash+1, to, m.rule)
	}
}

// signInCall takes the second of two quoted arguments of a call that signs in: login("joe", "…").
func signInCall(s *scan, at int, m *matcher) {
	text := s.text
	i, end := at+len(m.anchor), lineEnd(s.text, at, 256)
	s.budget.Spend(end - at)
	for n := range 2 {
		for i < end && !isQuote(text[i]) && (isBlank(text[i]) || text[i] == ',' || text[i] == '\\') {
			i++
		}
		if i >= end || !isQuote(text[i]) {
			return
		}
		from := i + 1
		to, cut := closing(text[:end], from, text[i], 1)
		if cut {
			return
		}
		digits, letters, others := count(text[from:to])
		if v := text[from:to]; n == 1 && len(v) >= 4 && letters > 0 && digits+others > 0 && bytes.IndexByte(v, ' ') < 0 && !placeholder(v) && !pathLike(v) {
			s.add(from, to, m.rule)
		}
		for i = to; i < end && text[i] != ','; i++ {
			if text[i] == ')' {
				return
			}
		}
	}
}
