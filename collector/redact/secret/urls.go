package secret

import (
	"bytes"
	"slices"
	"strings"
)

// maxAddress is the longest address that is read, in bytes, and maxPart how much of a part of
// its path.
const maxAddress, maxPart = 4 << 10, 64

// address takes what makes an address a credential: a password before the host, a path
// that resets or signs in, a query that does.
func address(s *scan, at int, m *matcher) {
	s.userinfo(at, m)
	if at >= s.urlEnd && web(s.text, at) {
		s.link(at + len("://"))
	}
}

// userinfo takes the password, or a token that stands alone, before the host of a URL.
func (s *scan) userinfo(at int, m *matcher) {
	text := s.text
	from := at + 3
	end, sign, colon := from, -1, -1
	ended := false
	database := !web(text, at) // whose passwords hold any sign
read:
	for ; end < len(text) && end < from+1024; end++ {
		c := text[end]
		if isSpace(c) || isQuote(c) || c == '<' || c == '>' || c < ' ' {
			break
		}
		switch {
		case (c == '/' || c == '?' || c == '#') && !ended:
			ended = true
			if sign >= 0 && !database || colon < 0 {
				break read
			}
			if port(text[colon+1 : end]) {
				return
			}
		case c == ':' && colon < 0:
			colon = end
		case c == '@':
			sign = end
			if ended && !database {
				break read
			}
		}
	}
	s.budget.Spend(end - from)
	if sign < 0 {
		// postgres://user:pass… at the end of the text: the rest is in the next message.
		if colon >= from && !ended && end == len(text) && end-colon > 3 && !port(text[colon+1:end]) && !isMark(text[colon+1:end]) {
			s.spans = append(s.spans, Span{From: colon + 1, To: end, Rule: m.rule, Partial: true})
		} else if v := text[from:end]; colon < 0 && !ended && end == len(text) && len(v) >= 12 && bytes.IndexByte(v, '.') < 0 && tokenLike(v) && !wordy(v) {
			s.spans = append(s.spans, Span{From: from, To: end, Rule: m.rule, Partial: true})
		}
		return
	}
	if colon >= 0 && colon < sign {
		from = colon + 1
	} else if sign-from < 16 || !tokenLike(text[from:sign]) {
		return
	}
	if v := text[from:sign]; len(v) > 0 && !placeholder(v) {
		s.add(from, sign, m.rule)
	}
}

// web reports whether the scheme that ends at text[at] is one of addresses with paths.
func web(text []byte, at int) bool {
	from := at
	for from > 0 && at-from < 6 && isAlpha(text[from-1]) {
		from--
	}
	switch toLower(string(text[from:at])) {
	case "", "http", "https", "ftp", "ftps", "sftp", "ssh", "git", "file", "ws", "wss":
		return true
	}
	return false
}

func port(v []byte) bool {
	for _, c := range v {
		if !isDigit(c) {
			return false
		}
	}
	return len(v) <= 5
}

// oneTime are words of paths whose addresses are credentials for whoever opens them, signIn
// words of paths whose queries may be. They are looked for by an automaton, since every
// address of a text is.
var (
	oneTime = strings.Fields(`reset magic recover verif confirm activat invit passwordless unlock onetime one-time otp setpassword set-password forgot
		passwort mot-de-passe first-login autologin impersonate emaillogin email-login`)
	signIn = strings.Fields(`login signin sign-in sign_in auth callback sso saml oauth token join accept password webhook hook unsubscribe`)
)

// addressStops are the bytes that no address has in a text.
var addressStops = func() (stops [256]bool) {
	for c := range ' ' + 1 {
		stops[c] = true
	}
	for _, c := range []byte("\"'`<>()[]{}|\\^\x7f") {
		stops[c] = true
	}
	return stops
}()

// link takes the parts of an address that let whoever opens it in.
func (s *scan) link(from int) {
	text, end := s.text, from
	for end < len(text) && end < from+maxAddress && !addressStops[text[end]] {
		end++
	}
	s.urlEnd = end
	s.budget.Spend(end - from)
	path := bytes.IndexByte(text[from:end], '/')
	if query := bytes.IndexAny(text[from:end], "?#"); path < 0 || query >= 0 && query < path {
		path = query
	}
	if path < 0 {
		return
	}
	sure, likely := false, false
	for i := from + path; i < end; {
		start := i + 1
		for i = start; i < end && bytes.IndexByte([]byte("/?&#;"), text[i]) < 0; i++ {
		}
		part, value := text[start:i], start
		if eq := bytes.IndexByte(part, '='); eq >= 0 {
			value = start + eq + 1
		}
		v := bytes.TrimRight(text[value:i], ".,:!")
		if (sure && (Random(v) || uuid(v)) || likely && Random(v) && !uuid(v) && strong(v) && !code(v)) && !fileName(v) {
			s.add(value, value+len(v), "link")
		} else if i == len(text) && sure && len(v) >= 8 && begun(v) {
			s.spans = append(s.spans, Span{From: value, To: i, Rule: "link", Partial: true})
		}
		one, some := s.purpose(part[:min(len(part), maxPart)])
		sure, likely = sure || one, likely || some
	}
}

// fileName reports whether a part of a path has an extension.
func fileName(v []byte) bool {
	i := bytes.LastIndexByte(v, '.')
	return i > 0 && len(v)-i <= 6 && wordy(v[i+1:])
}

// newPaths builds the automaton of the words of paths.
func newPaths() *literals { return newLiterals(slices.Concat(oneTime, signIn), anyCase) }

// purpose reports whether a part of a path has one of the words of oneTime, or of signIn.
func (e *Engine) purpose(part []byte) (sure, likely bool) {
	state := uint16(0)
	for _, c := range part {
		if state = e.paths.step(state, c); state < e.paths.firstFound {
			continue
		}
		for _, f := range e.paths.ending(state) {
			sure, likely = sure || int(f.word) < len(oneTime), likely || int(f.word) >= len(oneTime)
		}
	}
	return sure, likely
}

// parameter takes the value of a parameter that makes its URL a credential: code=, sig=.
func parameter(s *scan, at int, m *matcher) {
	text := s.text
	if at == 0 || bytes.IndexByte([]byte("?&#;"), text[at-1]) < 0 {
		return
	}
	from := at + len(m.anchor)
	to := from
	for to < len(text) && to < from+maxQuoted && text[to] > ' ' && !isQuote(text[to]) && bytes.IndexByte([]byte("&#;<>)\\,"), text[to]) < 0 {
		to++
	}
	s.budget.Spend(to - from)
	v := text[from:to]
	digits, letters, _ := count(v)
	if placeholder(v) || code(v) {
		return
	}
	if Random(v) || digits > 0 && letters > 0 && len(v) >= 8 && !identifier(v) && !knownWord(v) || len(v) >= 40 && !wordy(v) {
		s.add(from, to, m.rule)
	}
}
