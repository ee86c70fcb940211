package secret

import "bytes"

// Credentials in sessions of protocols, in pipes of commands and in lists.

// lineWord returns the word at text[i:], up to a blank or the line's end.
func lineWord(text []byte, i int) (from, to int) {
	from = skipBlanks(text, i)
	for to = from; to < len(text) && to < from+256 && !isSpace(text[to]); to++ {
	}
	return from, to
}

// endsLine reports whether nothing but blanks stands behind text[i] on its line.
func endsLine(text []byte, i int) bool {
	i = skipBlanks(text, i)
	return i >= len(text) || text[i] == '\n' || text[i] == '\r'
}

// addLikely reports a value where a password stands, if it can be one.
func (s *scan) addLikely(from, to int, m *matcher) {
	if v := s.text[from:to]; weakPassword(v) && !code(v) && !knownWord(v) {
		s.add(from, to, m.rule)
	}
}

// sessionPass takes the password of PASS, the command of FTP and POP3 behind USER.
func sessionPass(s *scan, at int, m *matcher) {
	text := s.text
	if string(text[at:at+4]) != "PASS" || at > 0 && !isSpace(text[at-1]) {
		return
	}
	s.budget.Spend(256)
	if from, to := lineWord(text, at+5); endsLine(text, to) && bytes.Contains(text[max(0, at-256):at], []byte("USER ")) {
		s.add(from, to, m.rule)
	}
}

// sessionLogin takes the last word of LOGIN USER PASSWORD (IMAP) and of AUTH [USER] PASSWORD (Redis, SMTP).
func sessionLogin(s *scan, at int, m *matcher) {
	text := s.text
	verb := bytes.TrimSpace(text[at : at+len(m.anchor)])
	if !upperName(verb) || m.anchor[0] != ' ' && at > 0 && text[at-1] != '\n' && text[at-1] != ' ' {
		return
	}
	from, to := lineWord(text, at+len(m.anchor))
	if !endsLine(text, to) {
		from, to = lineWord(text, to)
	} else if m.anchor[0] == ' ' {
		return // no user
	}
	s.budget.Spend(to - at)
	if endsLine(text, to) {
		from, to = trimSpan(text, from, to, "\"'")
		s.addLikely(from, to, m)
	}
}

// pipedSecret takes what a command prints into another that reads a password: echo '…' | sudo -S.
func pipedSecret(s *scan, at int, m *matcher) {
	text, low := s.text, max(0, at-256)
	s.budget.Spend(at - low)
	before := text[low:at]
	i := bytes.LastIndex(before, []byte("echo "))
	if p := bytes.LastIndex(before, []byte("printf ")); p > i {
		i = p + 2
	}
	if i < 0 {
		return
	}
	from, to := low+i+len("echo "), at
	if bar := bytes.IndexByte(text[from:at], '|'); bar >= 0 {
		to = from + bar
	}
	if m.anchor[0] == '-' && to == at {
		return // no pipe
	}
	for from < to && text[from] == '-' {
		_, end := lineWord(text, from)
		from = skipBlanks(text, end)
	}
	if from >= to {
		return
	}
	if bytes.HasPrefix(text[from:to], []byte("'%s")) || bytes.HasPrefix(text[from:to], []byte("\"%s")) {
		_, end := lineWord(text, from)
		from = skipBlanks(text, end)
	}
	if from, to = trimSpan(text, from, to, " \"'"); from >= to {
		return
	}
	if colon := bytes.IndexByte(text[from:to], ':'); colon > 0 && m.anchor == " | chpasswd" {
		from += colon + 1
	}
	if v := text[from:to]; len(v) >= 3 && !placeholder(v) && !shellCode(v) {
		s.add(from, to, m.rule)
	}
}

// echoed takes what a command prints that is called for a password: --password-command 'echo …'.
func echoed(s *scan, at int, m *matcher) {
	text, from := s.text, at+len(m.anchor)
	end := lineEnd(text, from, 48)
	i := bytes.Index(text[from:end], []byte("echo "))
	if i < 0 {
		return
	}
	from, to := lineWord(text, from+i+len("echo "))
	if from, to = trimSpan(text, from, to, "\"'"); from < to {
		s.addLikely(from, to, m)
	}
}

// expectSend takes what a script for expect sends at the prompt for a password.
func expectSend(s *scan, at int, m *matcher) {
	text, from := s.text, at+len(m.anchor)
	s.budget.Spend(128)
	if !bytes.Contains(text[max(0, at-128):at], []byte("assword")) {
		return
	}
	to := from
	for to < len(text) && to < from+128 && text[to] >= ' ' && text[to] != '"' && text[to] != '\\' {
		to++
	}
	if v := text[from:to]; len(v) >= 4 && !placeholder(v) && v[0] != '$' {
		s.add(from, to, m.rule)
	}
}

// passwordLines takes the passwords of the lines USER:PASSWORD below chpasswd (cloud-init).
func passwordLines(s *scan, at int, m *matcher) {
	text := s.text
	to := lineEnd(text, at, 256)
	for n := 0; n < 16 && to+1 < len(text); n++ {
		from := skipBlanks(text, to+1)
		if from == to+1 {
			return // the indentation ends
		}
		to = lineEnd(text, from, 256)
		s.budget.Spend(to - from)
		if colon := bytes.IndexByte(text[from:to], ':'); colon > 0 && from+colon+1 < to && text[from+colon+1] != ' ' {
			s.addLikely(from+colon+1, to, m)
		}
	}
}

// slashPair takes the password of USER / PASSWORD on a line that names credentials.
func slashPair(s *scan, at int, m *matcher) {
	text := s.text
	low := lineStart(text, at, 96)
	s.budget.Spend(at - low)
	named := false
	for _, word := range []string{"cred", "login", "account", "zugang", "access"} {
		named = named || indexFold(text[low:at], word) >= 0
	}
	from, to := lineWord(text, at+3)
	if from, to = trimSpan(text, from, to, "\"'`.,;"); !named || from >= to || to < len(text) && text[to] == ' ' && bytes.HasPrefix(text[to:], []byte(" / ")) {
		return
	}
	digits, letters, _ := count(text[from:to])
	if v := text[from:to]; len(v) >= 8 && digits > 1 && letters > 2 && !identifier(v) && !knownWord(v) && !pathLike(v) && !code(v) {
		s.add(from, to, m.rule)
	}
}

// newValue takes the password that a reset prints on the next line.
func newValue(s *scan, at int, m *matcher) {
	s.budget.Spend(128)
	if before := s.text[max(0, at-128):at]; bytes.Contains(before, []byte("assword")) {
		if from, to := lineWord(s.text, at+len(m.anchor)); endsLine(s.text, to) {
			s.add(from, to, m.rule)
		}
	}
}

// wifiCode takes the password of the code for a network: WIFI:T:WPA;S:name;P:password;;.
func wifiCode(s *scan, at int, m *matcher) {
	text := s.text
	line := text[at:lineEnd(text, at, 256)]
	i := bytes.Index(line, []byte(";P:"))
	if i < 0 {
		i = bytes.Index(line, []byte(":P:"))
	}
	s.budget.Spend(len(line))
	if i < 0 {
		return
	}
	from := at + i + 3
	to := from
	for to < at+len(line) && (text[to] != ';' || text[to-1] == '\\') {
		to++
	}
	s.add(from, to, m.rule)
}

// codeLines takes the codes of a list that its heading names.
func codeLines(s *scan, at int, m *matcher) {
	text := s.text
	to := lineEnd(text, at+len(m.anchor), 64)
	for n := 0; n < 32 && to+1 < len(text); n++ {
		from := to + 1
		to = lineEnd(text, from, 64)
		s.budget.Spend(to - from)
		line := text[from:to]
		if i := bytes.IndexAny(line, ".)"); i > 0 && i < 3 && isDigit(line[0]) {
			line = line[i+1:]
		}
		line = bytes.Trim(line, " \t\r-*•`")
		digits, letters, others := count(line)
		switch {
		case len(line) == 0:
			continue
		case digits < 2 || others > 0 || len(line) > 24 || digits+letters < 5 || bytes.Count(line, []byte{' '}) > 3:
			return
		}
		start := from + bytes.Index(text[from:to], line)
		s.add(start, start+len(line), m.rule)
	}
}

// formData takes the value of a part of a form (RFC 7578) that a credential's name has.
func formData(s *scan, at int, m *matcher) {
	text, from := s.text, at+len(m.anchor)
	end := from
	for end < len(text) && end < from+maxName && text[end] != '"' && text[end] >= ' ' {
		end++
	}
	if class := s.Class(text[from:end]); class < Token {
		return
	}
	limit := min(len(text), end+256)
	i, size := bytes.Index(text[end:limit], []byte("\r\n\r\n")), 4
	if i < 0 {
		i, size = bytes.Index(text[end:limit], []byte("\n\n")), 2
	}
	if i < 0 {
		return
	}
	start := end + i + size
	to := lineEnd(text, start, maxValue)
	s.budget.Spend(to - at)
	if v := text[start:to]; len(v) > 2 && !placeholder(v) && !bytes.HasPrefix(v, []byte("--")) {
		s.add(start, to, m.rule)
	}
}

// vaultBlock takes the digits of a block that Ansible has encrypted.
func vaultBlock(s *scan, at int, m *matcher) {
	text := s.text
	from := lineEnd(text, at, 80)
	to := from
	for to < len(text) && to < from+maxKeyBlock && (isDigit(text[to]) || isSpace(text[to])) {
		to++
	}
	s.budget.Spend(to - from)
	if from, to = trimSpan(text, from, to, " \t\r\n"); to-from >= 32 {
		s.add(from, to, m.rule)
	}
}

// netHash takes the answer of NTLM version 2: 32 digits of a hash and the blob behind it.
func netHash(s *scan, at int, m *matcher) {
	text, from, to := s.text, at, at+1
	for from > 0 && at-from < 33 && hex(text[from-1]) >= 0 {
		from--
	}
	for to < len(text) && to < at+maxValue && hex(text[to]) >= 0 {
		to++
	}
	s.budget.Spend(to - from)
	if at-from == 32 && to-at > 40 {
		s.add(from, to, m.rule)
	}
}

// nativeHash takes the hash of a password of MySQL: an asterisk and 40 digits.
func nativeHash(s *scan, at int, m *matcher) {
	from := at + len(m.anchor)
	to := from
	for to < len(s.text) && to < from+41 && hex(s.text[to]) >= 0 {
		to++
	}
	if to-from == 40 {
		s.add(from-1, to, m.rule)
	}
}

// connectCall takes the third of three quoted arguments of a call that connects to a database.
func connectCall(s *scan, at int, m *matcher) {
	text := s.text
	i, end := at+len(m.anchor), lineEnd(s.text, at, 256)
	s.budget.Spend(end - at)
	for n := range 3 {
		for i < end && (isBlank(text[i]) || text[i] == ',' || text[i] == '\\') {
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
		if n == 2 {
			s.addLikely(from, to, m)
		}
		i = to + 1
	}
}
