package secret

import (
	"bytes"
	"encoding/base64"
)

// jwt takes signed and encrypted tokens: a header that begins with {" in base64 and
// two to four more parts.
func jwt(_ *Engine, text []byte, at int, b *Budget) (Span, bool) {
	if string(text[at:at+3]) != "eyJ" || !freeBefore(text, at) && text[at-1] != '-' && text[at-1] != '_' {
		return Span{}, false
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
	b.Spend(i - at)
	for i > at && text[i-1] == '.' && dots > 2 {
		i, dots = i-1, dots-1
	}
	return Span{From: at, To: i, Rule: "jwt"}, dots >= 2 && i-at > 24
}

// bearer takes the credential after the scheme, wherever it is named.
func bearer(_ *Engine, text []byte, at int, b *Budget) (Span, bool) {
	return afterScheme(text, at+len("bearer"), "bearer", b, func(v []byte) bool { return len(v) >= 8 && tokenLike(v) })
}

func basic(_ *Engine, text []byte, at int, b *Budget) (Span, bool) {
	return afterScheme(text, at+len("basic"), "basic", b, func(v []byte) bool {
		plain, err := base64.RawStdEncoding.DecodeString(string(bytes.TrimRight(v, "=")))
		return err == nil && bytes.IndexByte(plain, ':') >= 0 && printable(plain)
	})
}

func afterScheme(text []byte, from int, rule string, b *Budget, accept func([]byte) bool) (Span, bool) {
	start := from
	for from < len(text) && (text[from] == ' ' || text[from] == '\t' || text[from] == '=' || text[from] == ':') {
		from++
	}
	if from == start {
		return Span{}, false
	}
	to := from
	for to < len(text) && to < from+unbounded && (isAlnum(text[to]) || bytes.IndexByte([]byte("._~+/=-"), text[to]) >= 0) {
		to++
	}
	b.Spend(to - from)
	for to > from && text[to-1] == '.' {
		to--
	}
	return Span{From: from, To: to, Rule: rule}, to > from && accept(text[from:to])
}

// dockerAuth takes "auth": "base64 of user:password", as configurations of
// container tools hold it.
func dockerAuth(_ *Engine, text []byte, at int, b *Budget) (Span, bool) {
	i := at + len(`"auth"`)
	for i < len(text) && (isSpace(text[i]) || text[i] == ':') {
		i++
	}
	if i >= len(text) || text[i] != '"' {
		return Span{}, false
	}
	from := i + 1
	to := from
	for to < len(text) && (isAlnum(text[to]) || text[to] == '+' || text[to] == '/' || text[to] == '=') {
		to++
	}
	b.Spend(to - from)
	plain, err := base64.RawStdEncoding.DecodeString(string(bytes.TrimRight(text[from:to], "=")))
	return Span{From: from, To: to, Rule: "docker-auth"}, err == nil && bytes.IndexByte(plain, ':') > 0 && printable(plain)
}
