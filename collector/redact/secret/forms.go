package secret

import (
	"bytes"
	"encoding/base64"
)

// forms are the constructions that hold a credential whoever issued it.
func forms() []matcher {
	ms := []matcher{
		{rule: "private-key", anchor: "-----begin", form: pemBlock},
		{rule: "private-key", anchor: "private-lines:", form: puttyKey},
		{rule: "jwt", anchor: "eyj", form: jwt},
		{rule: "url-credentials", anchor: "://", form: urlCredentials},
		{rule: "bearer", anchor: "bearer", form: bearer},
		{rule: "basic", anchor: "basic", form: basic},
		{rule: "signed-url", anchor: "sig=", form: signature},
		{rule: "signed-url", anchor: "x-amz-sign", form: signature},
		{rule: "user-password", anchor: " -u ", form: userFlag},
		{rule: "user-password", anchor: "--user ", form: userFlag},
		{rule: "user-password", anchor: "sshpass -p", form: sshpass},
		{rule: "user-password", anchor: "mysql", form: mysqlFlag},
		{rule: "user-password", anchor: "mariadb", form: mysqlFlag},
		{rule: "docker-auth", anchor: `"auth"`, form: dockerAuth},
	}
	for _, word := range nameWords() {
		ms = append(ms, matcher{rule: "assigned", anchor: word, form: assigned})
	}
	return ms
}

// nameWords are the literals that names of credentials hold.
func nameWords() []string {
	all := []string{"passw", "passphrase", "passcode", "pwd", "kennwort", "secret", "token", "credential", "cookie",
		"authoriz", "mcp-session", "dpop", "phpsessid", "jsessionid", "connect.si", "connection", "_auth", "mnemonic", "_pass",
		"jwt", "request_st", "requeststa", "dbpass", "pgpass", "seed phrase", "pass=", "pass:", "otp", "cvv", "cvc"}
	for _, what := range []string{"api", "access", "private", "auth", "encryption", "signing", "master", "account", "shared",
		"storage", "subscripti", "app", "service", "license", "hmac", "ssh", "deploy", "session", "admin", "webhook"} {
		for _, sep := range []string{"", "_", "-", ".", " "} {
			all = append(all, what+sep+"key")
		}
	}
	return all
}

func startsWithFold(text []byte, at int, word string) bool {
	if at < 0 || at+len(word) > len(text) {
		return false
	}
	for i := range len(word) {
		if lower(text[at+i]) != lower(word[i]) {
			return false
		}
	}
	return true
}

// pemBlock takes what stands between the lines of a private key; without an end,
// all that looks like its body.
func pemBlock(e *Engine, text []byte, at int, b *Budget) (Span, bool) {
	if at < e.key {
		return Span{}, false // inside of the one before
	}
	line := text[at:min(len(text), at+64)]
	begin := bytes.Index(line, []byte("PRIVATE KEY"))
	if begin < 0 {
		return Span{}, false
	}
	from := at + begin + len("PRIVATE KEY")
	if bytes.HasPrefix(text[from:], []byte(" BLOCK")) {
		from += len(" BLOCK")
	}
	for from < len(text) && text[from] == '-' {
		from++
	}
	const longest = 64 << 10
	to := min(len(text), from+longest)
	if e.ending < from {
		e.ending = len(text)
		b.Spend(len(text) - from)
		if end := bytes.Index(text[from:], []byte("-----END")); end >= 0 {
			e.ending = from + end
		}
	}
	if e.ending < to {
		to = e.ending
	} else {
		for i := from; i < to; i++ {
			if c := text[i]; !isAlnum(c) && !isSpace(c) && bytes.IndexByte([]byte(`+/=\:,-"'`), c) < 0 {
				to = i
			}
		}
	}
	b.Spend(to - from)
	e.key = to
	from, to = trimSpan(text, from, to, " \t\r\n")
	return Span{From: from, To: to, Rule: "private-key"}, to-from > 8 && !isMark(text[from:to])
}

func puttyKey(_ *Engine, text []byte, at int, b *Budget) (Span, bool) {
	if !startsWithFold(text, at, "private-lines:") {
		return Span{}, false
	}
	from := at + len("private-lines:")
	to := from
	for to < len(text) && to < from+16<<10 && (isAlnum(text[to]) || isSpace(text[to]) || text[to] == '+' || text[to] == '/' ||
		text[to] == '=' || text[to] == '\\') {
		to++
	}
	b.Spend(to - from)
	from, to = trimSpan(text, from, to, " \t\r\n")
	return Span{From: from, To: to, Rule: "private-key"}, to-from > 40
}

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

// urlCredentials takes the password, or a token that stands alone, before the host
// of a URL.
func urlCredentials(_ *Engine, text []byte, at int, b *Budget) (Span, bool) {
	from := at + 3
	end, sign, colon := from, -1, -1
	ended := false
	database := !web(text, at) // whose passwords hold any sign
	for ; end < len(text) && end < from+1024; end++ {
		c := text[end]
		if isSpace(c) || c == '"' || c == '\'' || c == '<' || c == '>' || c == '`' || c < ' ' {
			break
		}
		switch {
		case (c == '/' || c == '?' || c == '#') && !ended:
			ended = true
			if sign >= 0 && !database || colon < 0 {
				goto done
			}
			if port(text[colon+1 : end]) {
				return Span{}, false
			}
		case c == ':' && colon < 0:
			colon = end
		case c == '@':
			sign = end
			if ended && !database {
				goto done
			}
		}
	}
done:
	b.Spend(end - from)
	if sign < 0 {
		return Span{}, false
	}
	if colon >= 0 && colon < sign {
		from = colon + 1
	} else if sign-from < 16 || !tokenLike(text[from:sign]) {
		return Span{}, false
	}
	v := text[from:sign]
	return Span{From: from, To: sign, Rule: "url-credentials"}, len(v) > 0 && !placeholder(v)
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

// signature takes the value that makes a URL a key: shared access signatures and
// presigned requests.
func signature(_ *Engine, text []byte, at int, b *Budget) (Span, bool) {
	if at > 0 && isAlnum(text[at-1]) {
		return Span{}, false
	}
	i := bytes.IndexByte(text[at:min(len(text), at+24)], '=')
	if i < 0 {
		return Span{}, false
	}
	from := at + i + 1
	to := from
	for to < len(text) && (isAlnum(text[to]) || bytes.IndexByte([]byte("%+/=_-"), text[to]) >= 0) {
		to++
	}
	b.Spend(to - from)
	return Span{From: from, To: to, Rule: "signed-url"}, to-from >= 32
}

// userFlag takes the password of -u user:password.
func userFlag(_ *Engine, text []byte, at int, b *Budget) (Span, bool) {
	from := at + bytes.IndexByte(text[at+1:], ' ') + 2
	if text[at] == ' ' {
		from = at + 4
	}
	from, to := runUntil(text, from, " \t\r\n")
	b.Spend(to - from)
	colon := bytes.IndexByte(text[from:to], ':')
	if colon < 1 {
		return Span{}, false
	}
	quotes := "\"'\\"
	from, to = trimSpan(text, from+colon+1, to, quotes)
	v := text[from:to]
	return Span{From: from, To: to, Rule: "user-password"}, len(v) > 2 && !port(v) && !placeholder(v) && bytes.IndexByte(v, ':') < 0 &&
		bytes.IndexByte(v, '/') < 0
}

// sshpass takes the password of sshpass -p password.
func sshpass(_ *Engine, text []byte, at int, b *Budget) (Span, bool) {
	from, to := runUntil(text, at+len("sshpass -p"), " \t\r\n;|&")
	b.Spend(to - from)
	from, to = trimSpan(text, from, to, "\"'\\")
	return Span{From: from, To: to, Rule: "user-password"}, to-from > 2 && !placeholder(text[from:to])
}

// mysqlFlag takes the password of mysql … -ppassword.
func mysqlFlag(_ *Engine, text []byte, at int, b *Budget) (Span, bool) {
	i := bytes.Index(text[at:min(len(text), at+256)], []byte(" -p"))
	if i < 0 || bytes.ContainsAny(text[at:at+i], "\r\n;|&") {
		b.Spend(256)
		return Span{}, false
	}
	from := at + i + len(" -p")
	to := from
	for to < len(text) && to < from+256 && !isSpace(text[to]) && bytes.IndexByte([]byte(";|&"), text[to]) < 0 {
		to++
	}
	b.Spend(to - at)
	from, to = trimSpan(text, from, to, "\"'\\")
	v := text[from:to]
	return Span{From: from, To: to, Rule: "user-password"}, len(v) > 3 && !placeholder(v) && v[0] != '-' && tokenLike(v)
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

// runUntil returns the run from at until one of stop, after leading blanks.
func runUntil(text []byte, at int, stop string) (from, to int) {
	for at < len(text) && (text[at] == ' ' || text[at] == '\t') {
		at++
	}
	to = at
	for to < len(text) && to < at+4096 && bytes.IndexByte([]byte(stop), text[to]) < 0 {
		to++
	}
	return at, to
}

func trimSpan(text []byte, from, to int, cut string) (int, int) {
	for from < to && bytes.IndexByte([]byte(cut), text[from]) >= 0 {
		from++
	}
	for to > from && bytes.IndexByte([]byte(cut), text[to-1]) >= 0 {
		to--
	}
	return from, to
}
