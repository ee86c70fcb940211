package secret

import "bytes"

const (
	// maxRow is the longest line that is read as a row, in bytes, and maxRows how many
	// rows under a header are.
	maxRow, maxRows = 4 << 10, 1 << 14
	// maxHeader is the longest name of a column.
	maxHeader = 64
)

// column takes the cells under a credential's name that heads a column, or beside one that
// begins a row of two cells. It reports whether the name does either.
func (s *scan) column(a *assignment) bool {
	text := s.text
	if a.class < Token || a.flag || a.nameFrom < s.tableEnd {
		return false
	}
	delim := delimiter(text, a.nameFrom, a.nameTo)
	if delim == "" {
		return s.aligned(a)
	}
	from, to := lineStart(text, a.nameFrom, maxRow), lineEnd(text, a.nameTo, maxRow)
	s.budget.Spend(to - from)
	cells, index, ok := header(text[from:to], delim, a.nameFrom-from)
	if !ok {
		return false
	}
	if cells == 2 && index == 0 {
		if f, t := cell(text, from, to, delim, 1); pairedCell(a, text[f:t]) {
			s.nameEnd = max(s.nameEnd, t)
			s.add(f, t, "assigned")
			return true
		}
	}
	found := false
	for n := 0; n < maxRows && to < len(text); n++ {
		from = to + 1
		if text[to] == '\r' && from < len(text) && text[from] == '\n' {
			from++
		}
		to = lineEnd(text, from, maxRow)
		if !s.budget.Spend(to - from) {
			break
		}
		if row := text[from:to]; ruler(row) {
			continue
		} else if bytes.Count(row, []byte(delim)) != cells-1 && !quotedCells(row, delim, cells) {
			break
		}
		if f, t := cell(text, from, to, delim, index); columnCell(a, text[f:t]) {
			s.add(f, t, "column")
			found = true
		}
	}
	return found
}

// delimiter returns what parts the cell text[from:to] from its neighbours, "" where the
// name is no cell of its own.
func delimiter(text []byte, from, to int) string {
	for to < len(text) && (text[to] == ' ' || isQuote(text[to]) || text[to] == '*' || text[to] == '\\') {
		to++
	}
	for from > 0 && (text[from-1] == ' ' || isQuote(text[from-1]) || text[from-1] == '*' || text[from-1] == '\\') {
		from--
	}
	if last := to >= len(text) || text[to] == '\n' || text[to] == '\r'; !last && !delimiterByte.has(text[to]) {
		return ""
	}
	for n := 0; n < 24 && from > 1 && text[from-1] != '\n' && (isNameByte(text[from-1]) || text[from-1] == ' ') && !isDigit(text[from-1]); n++ {
		from-- // DB password
	}
	last := to >= len(text) || text[to] == '\n' || text[to] == '\r'
	first := from == 0 || text[from-1] == '\n' || text[from-1] == '\r'
	for _, d := range delimiters {
		if after, before := bytes.HasPrefix(text[to:], d), bytes.HasSuffix(text[:from], d); after && (before || first) || before && last {
			return string(d)
		}
	}
	return ""
}

// delimiters part cells; delimiterByte are the bytes that they begin and end with.
var (
	delimiters    = [][]byte{[]byte(","), []byte(";"), []byte("\t"), []byte("|"), []byte("│"), []byte("┃"), []byte("║")}
	delimiterByte = bytesOf(",;\t|│┃║")
	headerStop    = bytesOf("(){}[]=<>:;$!")
	alignedStop   = bytesOf("(){}=<>:;$!,\"'")
)

// header reads a line as the names of columns: words and no code. It returns how many
// there are and which one begins before offset at.
func header(line []byte, delim string, at int) (cells, index int, ok bool) {
	offset, named := 0, 0
	for {
		end := bytes.Index(line[offset:], []byte(delim))
		last := end < 0
		if last {
			end = len(line)
		} else {
			end += offset
		}
		name := bytes.Trim(line[offset:end], " \t\"'`*\\")
		if len(name) > maxHeader || headerStop.in(name) {
			return 0, 0, false
		}
		if offset <= at && at < end {
			index = cells
			ok = end-offset < maxHeader && len(name) > 0
		}
		cells++
		if len(name) > 0 {
			named++
		}
		if last {
			return cells, index, ok && named > 1
		}
		offset = end + len(delim)
	}
}

// cell returns the content of one cell of the row text[from:to], without its quotes.
func cell(text []byte, from, to int, delim string, index int) (int, int) {
	quoted, start := false, from
	for i := from; i <= to; i++ {
		if i < to && text[i] == '"' {
			quoted = !quoted
		}
		if end := i == to; !end && (quoted || !bytes.HasPrefix(text[i:to], []byte(delim))) {
			continue
		}
		if index == 0 {
			return trimSpan(text, start, i, " \t\"'`")
		}
		index--
		start = i + len(delim)
	}
	return from, from
}

// quotedCells reports whether a row has as many cells if delimiters in quotes are none.
func quotedCells(row []byte, delim string, cells int) bool {
	n, quoted := 1, false
	for i := range row {
		if row[i] == '"' {
			quoted = !quoted
		}
		if !quoted && bytes.HasPrefix(row[i:], []byte(delim)) {
			n++
		}
	}
	return n == cells
}

// ruler reports whether a line only parts a header from rows.
func ruler(line []byte) bool {
	for _, c := range line {
		if bytes.IndexByte([]byte("-+|:= \t"), c) < 0 && c < 0x80 {
			return false
		}
	}
	return len(line) > 0
}

// columnCell decides on a cell under a credential's name.
func columnCell(a *assignment, v []byte) bool {
	digits, letters, others := count(v)
	if len(v) < 3 || len(v) > maxRow || placeholder(v) || isMark(v) || Version(v) || knownWord(v) {
		return false
	}
	spaces := bytes.IndexByte(v, ' ') >= 0
	switch a.class {
	case Password, Always:
		return digits > 0 && !spaces || others > 0 && !spaces || !spaces && len(v) >= 6 && !label(v) && letters == len(v) || digits > 0 && others > 0
	case Identity:
		return identityNumber(v)
	case Secret:
		return !spaces && len(v) >= 4 && (digits > 0 || others > 0 || len(v) >= 12 && !wordy(v)) || phrase(v)
	}
	return !spaces && len(v) >= 6 && digits > 0 && letters > 0 && !code(v)
}

func pairedCell(a *assignment, v []byte) bool {
	digits, letters, others := count(v)
	return a.class >= Secret && len(v) >= 4 && (digits > 0 && letters > 0 || others > 0 && letters > 0 || strong(v)) && bytes.IndexByte(v, ' ') < 0 &&
		!placeholder(v) && !code(v) && !knownWord(v) && !isMark(v) && !Version(v) && !sameName(a.name, v) && !bytes.HasPrefix(v, []byte("$"))
}

// aligned takes the cells under a credential's name in a table that is aligned with blanks.
func (s *scan) aligned(a *assignment) bool {
	text := s.text
	if a.class < Secret || !besideBlanks(text, a.nameFrom, a.nameTo) {
		return false
	}
	from, to := lineStart(text, a.nameFrom, 512), lineEnd(text, a.nameTo, 512)
	before := a.nameFrom-from >= 2 && text[a.nameFrom-1] == ' ' && text[a.nameFrom-2] == ' '
	after := a.nameTo+1 < to && text[a.nameTo] == ' ' && text[a.nameTo+1] == ' '
	if to >= len(text) || !before && !after || !before && a.nameFrom != from || !after && len(bytes.TrimSpace(text[a.nameTo:to])) > 0 ||
		alignedStop.in(text[from:to]) {
		return false
	}
	at, found := a.nameFrom-from, false
	for n := 0; n < 256 && to < len(text); n++ {
		from = to + 1
		to = lineEnd(text, from, 512)
		s.budget.Spend(to - from)
		if ruler(text[from:to]) {
			continue
		}
		if to-from <= at || at > 0 && text[from+at-1] != ' ' {
			break
		}
		end := from + at
		for end < to && (text[end] != ' ' || end+1 < to && text[end+1] != ' ') {
			end++
		}
		if f, t := trimSpan(text, from+at, end, " "); columnCell(a, text[f:t]) && pairedCell(a, text[f:t]) {
			s.add(f, t, "column")
			found = true
		}
	}
	return found
}

// besideBlanks reports whether two blanks stand on one side of text[from:to], and on the
// other too or the line's end.
func besideBlanks(text []byte, from, to int) bool {
	edge := func(i int) bool { return i < 0 || i >= len(text) || text[i] == '\n' || text[i] == '\r' }
	before := from > 1 && text[from-1] == ' ' && text[from-2] == ' '
	after := to+1 < len(text) && text[to] == ' ' && text[to+1] == ' '
	return before && (after || edge(to)) || after && edge(from-1)
}

// cookieJar takes the value of a line of Netscape's cookie file: domain, a flag, path, a
// flag, expiry, name and value, parted by tabs.
func cookieJar(s *scan, at int, _ *matcher) {
	if at < s.tableEnd {
		return
	}
	from, to := lineStart(s.text, at, maxRow), lineEnd(s.text, at, maxRow)
	s.tableEnd = to
	s.budget.Spend(to - from)
	fields := bytes.Split(s.text[from:to], []byte{'\t'})
	if len(fields) != 7 || !boolean(fields[1]) || !boolean(fields[3]) || len(fields[6]) < 4 {
		return
	}
	s.add(to-len(fields[6]), to, "cookie")
}

func boolean(v []byte) bool { return string(v) == "TRUE" || string(v) == "FALSE" }
