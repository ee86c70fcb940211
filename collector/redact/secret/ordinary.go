package secret

import "bytes"

// ordinary reports whether what stands around an assignment shows that its value is none of a
// credential, although name and value alone look like one.
func (s *scan) ordinary(a *assignment) bool {
	v := a.value
	digits, _, _ := count(v)
	switch {
	case a.sep == ':' && a.tight && a.nameFrom > 1 && s.text[a.nameFrom-1] == ':' && isDigit(s.text[a.nameFrom-2]):
		return string(a.name) == "secret" // the name of a secret in an ARN, behind the account
	case a.flag && a.sep == ' ' && a.quote == 0:
		return digits == 0 && a.from-a.nameTo > 2 // the columns of a help text
	case a.class == Always:
		return plainCookie(a.name, v)
	case a.class == Weak:
		return date(v) || bytes.HasSuffix(s.text[:a.nameFrom], []byte("arn:aws:")) // a service
	case digits == len(v) && a.quote == 0:
		return len(a.name) == len("pass") && startsWithFold(s.text, a.to, ", fail") // counts of tests
	case a.sep == '=' && !a.tight && a.quote == 0:
		return digits == 0 && bytes.IndexByte(v, '_') > 0 && identifier(v) && s.names.Class(a.name) == Password && s.names.mentions(v) == Weak // a variable
	}
	return false
}

// date reports whether v is a day of ISO 8601, perhaps with a time.
func date(v []byte) bool {
	if len(v) < 10 || len(v) > 35 || v[4] != '-' || v[7] != '-' {
		return false
	}
	for i, c := range v {
		if !isDigit(c) && (i < 10 && i != 4 && i != 7 || bytes.IndexByte([]byte("-:+.,TZtz "), c) < 0) {
			return false
		}
	}
	return true
}

// maxPlainCookie is the longest value of a cookie that can be no session's, in bytes.
const maxPlainCookie = 6

// plainCookie reports whether a header holds only cookies that are settings by their length:
// theme=dark.
func plainCookie(name, v []byte) bool {
	var buf [2 * maxName]byte
	switch string(fold(buf[:0], name)) {
	case "cookie", "setcookie":
	default:
		return false
	}
	for part := range bytes.SplitSeq(v, []byte{';'}) {
		key, value, _ := bytes.Cut(bytes.TrimSpace(part), []byte{'='})
		if len(value) > maxPlainCookie && !cookieAttributes[toLower(string(key))] {
			return false
		}
	}
	return true
}

var cookieAttributes = words("path domain expires max-age samesite priority version comment")
