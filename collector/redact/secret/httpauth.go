package secret

import (
	"bytes"
	"encoding/base64"
)

// jwt takes signed and encrypted tokens: a header that begins with {" in base64 and
// two to four more parts.
func jwt(s *scan, at int, m *matcher) {
	text := s.text
	if string(text[at:at+3]) != "eyJ" || !freeBefore(text, at) && text[at-1] != '-' && text[at-1] != '_' {
		return
	}
	i, dots, last := at, 0, at
	for ; i < len(text) && i < at+unbounded; i++ {
		if text[i] == '.' {
			if i-last < 8 && dots == 0 || dots == 4 {
				break
			}
			dots, last = dots+1, i
		} else if !isAlnum(text[i]) && text[i] != '-' && text[i] != '_' {
			break
		}
	}
	s.budget.Spend(i - at)
	for i > at && text[i-1] == '.' && dots > 2 {
		i, dots = i-1, dots-1
	}
	switch {
	case dots >= 2 && i-at > 24:
		s.add(at, i, m.rule)
	case i == len(text) && i-at > 12 && joseHeader(text[at:i]):
		s.spans = append(s.spans, Span{From: at, To: i, Rule: m.rule, Partial: true})
	}
}

// joseHeader reports whether base64 begins like the header of a token, and not like the
// cursor of a list.
func joseHeader(coded []byte) bool {
	var buf [64]byte
	head := decode(buf[:0], coded[:min(len(coded), 80)])
	for _, name := range []string{`{"alg"`, `{"typ"`, `{"kid"`, `{"enc"`, `{"x5t`, `{"cty"`, `{"jku"`} {
		if bytes.HasPrefix(head, []byte(name)) {
			return true
		}
	}
	return false
}

// bearer takes the credential after the scheme, wherever it is named.
func bearer(s *scan, at int, m *matcher) {
	s.afterScheme(at, m, func(v []byte) bool { return len(v) >= 8 && tokenLike(v) })
}

// basic takes the credential after the scheme: base64 of user:password.
func basic(s *scan, at int, m *matcher) {
	s.afterScheme(at, m, userPassword)
}

// userPassword reports whether v is base64 of user:password.
func userPassword(v []byte) bool {
	plain, err := base64.RawStdEncoding.DecodeString(string(bytes.TrimRight(v, "=")))
	return err == nil && bytes.IndexByte(plain, ':') >= 0 && printable(plain)
}

func (s *scan) afterScheme(at int, m *matcher, accept func([]byte) bool) {
	text, from := s.text, at+len(m.anchor)
	start := from
	for from < len(text) && from < start+8 && (isSpace(text[from]) || text[from] == '=' || text[from] == ':') {
		from++
	}
	if from == start {
		return
	}
	to := from
	for to < len(text) && to < from+unbounded && (isAlnum(text[to]) || bytes.IndexByte([]byte("._~+/=-"), text[to]) >= 0) {
		to++
	}
	s.budget.Spend(to - from)
	for to > from && text[to-1] == '.' {
		to--
	}
	if to > from && accept(text[from:to]) {
		s.add(from, to, m.rule)
	}
}

// dockerAuth takes "auth": "base64 of user:password", as configurations of
// container tools and package managers hold it.
func dockerAuth(s *scan, at int, m *matcher) {
	text, i := s.text, at+len(m.anchor)
	for i < len(text) && (isSpace(text[i]) || text[i] == ':' || text[i] == '=' || text[i] == '"' || text[i] == '\'' || text[i] == '\\') {
		i++
	}
	from, to := i, i
	for to < len(text) && to < from+maxValue && (isAlnum(text[to]) || text[to] == '+' || text[to] == '/' || text[to] == '=') {
		to++
	}
	s.budget.Spend(to - from)
	if v := text[from:to]; to-from >= 8 && (userPassword(v) || len(v) >= minStrong && !wordy(v) && (m.anchor[0] != '"' || len(v)%4 == 0 && randomRun(v))) {
		s.add(from, to, m.rule)
	}
}
