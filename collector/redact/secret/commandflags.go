package secret

import "bytes"

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
