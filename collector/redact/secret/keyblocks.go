package secret

import "bytes"

// pemBlock takes what stands between the lines of a private key; without an end,
// all that can be its body.
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
