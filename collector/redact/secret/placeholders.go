package secret

import (
	"bytes"
)

// label is a text for people: a word or several with a capital first.
func label(v []byte) bool {
	if len(v) == 0 {
		return false
	}
	digits, _, others := count(v)
	return digits == 0 && others == 0 && isUpper(v[0]) && wordy(v)
}

// code reports whether an unquoted value is an expression of a program.
func code(v []byte) bool {
	if len(v) == 0 || bytes.IndexByte([]byte("([{*|"), v[0]) >= 0 {
		return true
	}
	for i, c := range v {
		switch c {
		case '(', '[', '{':
			if i > 0 && (isAlnum(v[i-1]) || v[i-1] == '_') {
				return true
			}
		case '.':
			if i > 0 && i+1 < len(v) && identifier(v[:i]) && isAlpha(v[i+1]) && !isDigit(v[i+1]) && identifier(v[i+1:]) {
				return true
			}
		case '=':
			if i+1 < len(v) && v[i+1] == '>' {
				return true
			}
		}
	}
	return bytes.HasPrefix(v, []byte("./")) || bytes.HasPrefix(v, []byte("../"))
}

func shellCode(v []byte) bool { return v[0] == '$' || v[0] == '(' || v[0] == '{' || v[0] == '[' }

// identifier of a program: letters, a few digits at the end, dots and underscores.
func identifier(v []byte) bool {
	if len(v) == 0 || isDigit(v[0]) {
		return false
	}
	digits := 0
	for _, c := range v {
		switch {
		case isDigit(c):
			digits++
		case !isAlpha(c) && c != '_' && c != '.' && c != '$' && c != '?' && c != '!':
			return false
		}
	}
	return digits <= 2 && (wordy(v) || digits == 0)
}

func upperName(name []byte) bool {
	for _, c := range name {
		if 'a' <= c && c <= 'z' {
			return false
		}
	}
	return true
}

// sameName reports whether the value only repeats the name, as forms and settings
// do: password: "password", token: token.
func sameName(name, v []byte) bool {
	var a, b [2 * maxName]byte
	if len(v) > maxName || len(name) > 2*maxName {
		return false
	}
	x, y := fold(a[:0], name), fold(b[:0], v)
	return len(y) > 0 && (bytes.HasSuffix(x, y) || bytes.HasSuffix(y, x))
}

var typeNames = words(`string str text bytes number int integer bool boolean object any unknown void null nil none
	undefined true false required optional yes no on off char varchar secret token password key value hidden empty
	default never redacted masked removed omitted option some result maybe self this auto default disabled enabled
	private public static readonly const let var new await async return typeof struct interface type func function`)

func typeName(v []byte) bool {
	var buf [64]byte
	return len(v) <= len(buf) && typeNames[string(fold(buf[:0], v))]
}

// placeholder stands where a value goes: a variable, a mask, a type.
func placeholder(v []byte) bool {
	if len(v) == 0 || typeName(v) || stored(v) {
		return true
	}
	switch {
	case v[0] == '$' && len(v) > 1 && (v[1] == '{' || v[1] == '(') && bytes.IndexByte([]byte("})"), v[len(v)-1]) >= 0,
		v[0] == '$' && upperName(v) && identifier(v[1:]),
		bytes.HasPrefix(v, []byte("{{")), v[0] == '{' && v[len(v)-1] == '}',
		v[0] == '<' && v[len(v)-1] == '>', v[0] == '%' && v[len(v)-1] == '%' && len(v) > 2 && identifier(v[1:len(v)-1]),
		bytes.HasPrefix(v, []byte("process.env")), bytes.HasPrefix(v, []byte("os.")), bytes.HasPrefix(v, []byte("import.meta")):
		return true
	}
	same := true
	for _, c := range v {
		same = same && (c == v[0] || c == '-')
	}
	return same && !isDigit(v[0])
}

// stores are how values begin that only name where a store of secrets holds them.
var stores = [][]byte{[]byte("ssm:/"), []byte("op://"), []byte("vault:secret/"), []byte("env("), []byte("${{ "), []byte("@Microsoft.KeyVault("), []byte("arn:aws:secretsmanager:"),
	[]byte("arn:aws:ssm:"), []byte("secretsmanager:"), []byte("gcp-secret:"), []byte("sm://"), []byte("keyring:"), []byte("file:/")}

// stored reports whether v names a place in a store of secrets.
func stored(v []byte) bool {
	for _, store := range stores {
		if bytes.HasPrefix(v, store) {
			return true
		}
	}
	return string(v) == "${{"
}

// Reference reports whether v only names where a value is: ${NAME}, {{name}}.
func Reference(v []byte) bool {
	if stored(v) {
		return true
	}
	if len(v) < 4 || v[len(v)-1] != '}' {
		return false
	}
	inner, ok := bytes.CutPrefix(v[:len(v)-1], []byte("${"))
	if !ok {
		inner, ok = bytes.CutPrefix(bytes.TrimSuffix(v[:len(v)-1], []byte("}")), []byte("{{"))
	}
	return ok && identifier(bytes.TrimSpace(inner))
}

// Version reports whether v is one of a package: lists of packages have members
// named cookie and auth-token.
func Version(v []byte) bool {
	v = bytes.TrimLeft(v, "^~<>=v ")
	dots := 0
	for i, c := range v {
		switch {
		case c == '.':
			dots++
		case dots < 2 && (c < '0' || c > '9'), i > 24:
			return false
		}
	}
	return dots >= 2 && len(v) > 4
}
