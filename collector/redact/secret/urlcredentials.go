package secret

import "bytes"

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
