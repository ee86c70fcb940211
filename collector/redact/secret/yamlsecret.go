package secret

import "bytes"

// maxDocument is how far around its kind a document of YAML is read, in bytes.
const maxDocument = 64 << 10

// yamlSecret takes the values under data and stringData of a document of kind Secret,
// whatever their names are.
func yamlSecret(s *scan, at int, m *matcher) {
	text := s.text
	if at < s.documentEnd || at > 0 && isNameByte(text[at-1]) {
		return
	}
	if after := at + len(m.anchor); after < len(text) && isNameByte(text[after]) {
		return // SecretList
	}
	from, end := documentAround(text, at)
	s.documentEnd = end
	s.budget.Spend(end - from)
	block := -1 // the indentation of data:, -1 outside
	for from < end {
		to := lineEnd(text, from, end-from)
		line := text[from:to]
		indent := len(line) - len(bytes.TrimLeft(line, " "))
		body := bytes.TrimRight(line[indent:], " \r")
		switch {
		case len(body) == 0 || body[0] == '#':
		case block < 0 || indent <= block:
			block = -1
			if name := bytes.TrimPrefix(body, []byte("- ")); bytes.Equal(name, []byte("data:")) || bytes.Equal(name, []byte("stringData:")) {
				block = indent
			}
		default:
			s.member(from+indent, from+indent+len(body), m)
		}
		from = to + 1
	}
}

// documentAround returns the document of YAML around text[at].
func documentAround(text []byte, at int) (from, to int) {
	from, to = max(0, at-maxDocument), min(len(text), at+maxDocument)
	if i := bytes.LastIndex(text[from:at], []byte("\n---")); i >= 0 {
		from += i + 1
	} else if from > 0 {
		from = lineStart(text, from, maxRow)
	}
	if i := bytes.Index(text[at:to], []byte("\n---")); i >= 0 {
		to = at + i
	}
	return from, to
}

// member takes the value of name: value, or a line of a block.
func (s *scan) member(from, to int, m *matcher) {
	line := s.text[from:to]
	if i := bytes.Index(line, []byte(": ")); i > 0 && bytes.IndexByte(line[:i], ' ') < 0 {
		from += i + 2
	} else if bytes.HasSuffix(line, []byte(":")) {
		return
	}
	from, to = trimSpan(s.text, from, to, " \t\r\"'")
	if v := s.text[from:to]; len(v) > 2 && v[0] != '|' && v[0] != '>' && !placeholder(v) {
		s.add(from, to, m.rule)
	}
}
