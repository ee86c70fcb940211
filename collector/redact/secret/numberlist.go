package secret

import "bytes"

const (
	// minNumbers is the shortest list of bytes that is read as a text.
	minNumbers = 12
	// minNumberList is the shortest that such a list is, in bytes, and longestNumber the
	// longest of its numbers.
	minNumberList, longestNumber = 2*minNumbers + minNumbers - 1, 4
	// maxNumbers is the longest list of bytes that is read, in bytes of text.
	maxNumbers = 64 << 10
)

// numberByte are the bytes that lists of bytes are written with: 67 68 70, 0x67, 0x68,
// [103, 104], 67:68:70.
var numberByte = func() (is [256]bool) {
	for _, c := range []byte("0123456789abcdefABCDEFxX ,:;-\t\r\n[]{}") {
		is[c] = true
	}
	return is
}()

// inNumbers reports whether text[at] seems to stand in a list of bytes: short numbers and
// signs all around it. It looks at a few bytes only, since every sixteenth byte of a text
// is asked about.
func inNumbers(text []byte, at int) bool {
	if at < 4 || at+9 >= len(text) || !numberByte[text[at]] || !numberByte[text[at-2]] || !numberByte[text[at+2]] || !numberByte[text[at-4]] || !numberByte[text[at+4]] {
		return false
	}
	signs, run := 0, 0
	for _, c := range text[at-4 : at+10] {
		if !numberByte[c] {
			return false
		}
		if isAlnum(c) {
			if run++; run > longestNumber {
				return false
			}
		} else if run > 0 {
			signs, run = signs+1, 0
		}
	}
	return signs >= 2
}

// numbers scans the list of bytes around text[at], and returns where it ends. A list that
// holds a credential is one span.
func (e *Engine) numbers(spans []Span, text []byte, at, depth int, b *Budget) ([]Span, int) {
	from, to := at, at
	for from > 0 && at-from < maxNumbers && numberByte[text[from-1]] {
		from--
	}
	for to < len(text) && to-at < maxNumbers && numberByte[text[to]] {
		to++
	}
	b.Spend(to - from)
	v := &e.view(depth)[1]
	for _, base := range []int{16, 10} {
		v.Reset()
		start, end := -1, -1
		for i := from; i < to; {
			if !isAlnum(text[i]) {
				i++
				continue
			}
			n := i
			for n < to && isAlnum(text[n]) {
				n++
			}
			value := byteNumber(text[i:n], base)
			if value < 0 || len(v.Text) < minNumbers && value != '\n' && value != '\t' && value != '\r' && (value < ' ' || value > '~') {
				if len(v.Text) >= minNumbers {
					break
				}
				v.Text, start = v.Text[:0], -1
			} else {
				if start < 0 {
					start = i
				}
				v.Text, end = append(v.Text, byte(value)), n
			}
			i = n
		}
		if len(v.Text) < minNumbers || !printable(v.Text) {
			continue
		}
		if found := whole(e.inner(v.Text, depth, b), v.Text, start, end, end == len(text)); found != nil {
			return append(spans, found...), to
		}
	}
	return spans, to
}

// byteNumber reads one number of a list: two hexadecimal digits or 0x and them, or one to
// three decimal ones; -1 for another.
func byteNumber(v []byte, base int) int {
	if base == 16 {
		if len(v) == 4 && lower(v[1]) == 'x' {
			v = v[2:]
		}
		if len(v) != 2 || hex(v[0]) < 0 || hex(v[1]) < 0 {
			return -1
		}
		return hex(v[0])<<4 | hex(v[1])
	}
	n := 0
	for _, c := range v {
		if !isDigit(c) {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	if len(v) > 3 || n > 255 {
		return -1
	}
	return n
}

// dump notes that the text holds an offset, as the first two lines of dumps do.
func dump(s *scan, at int, _ *matcher) {
	if at == 0 || !isAlnum(s.text[at-1]) {
		s.hints |= HintDump
	}
}

// dumps scans what dumps of memory show: lines of an offset, groups of hexadecimal digits
// and perhaps the text beside them. A dump that holds a credential is one span.
func (e *Engine) dumps(spans []Span, text []byte, depth int, b *Budget) []Span {
	v := &e.view(depth)[1]
	for at := 0; at < len(text) && b.Spend(1); {
		v.Reset()
		start, end, size := -1, -1, 0
		for at < len(text) {
			to := lineEnd(text, at, 256)
			first, groups := dumpLine(text[at:to], v)
			b.Spend(to - at)
			if groups == 0 && start >= 0 {
				break
			}
			if groups > 0 {
				if start < 0 {
					start = at + first
				}
				end, size = to, groups
			}
			at = to + 1
		}
		if start < 0 || len(v.Text) < minNumbers {
			continue
		}
		found := whole(e.inner(v.Text, depth, b), v.Text, start, end, end == len(text))
		if found == nil && size == 4 { // words of sixteen bits, the low byte first
			for i := 0; i+1 < len(v.Text); i += 2 {
				v.Text[i], v.Text[i+1] = v.Text[i+1], v.Text[i]
			}
			found = whole(e.inner(v.Text, depth, b), v.Text, start, end, end == len(text))
		}
		spans = append(spans, found...)
	}
	return spans
}

// dumpLine appends the bytes of one line of a dump. It returns where its groups begin and
// how many digits the first has, 0 where the line is none of a dump.
func dumpLine(line []byte, v *View) (first, size int) {
	i := skipBlanks(line, 0)
	offset := i
	for i < len(line) && hex(line[i]) >= 0 || i == offset+1 && i < len(line) && line[i] == 'x' {
		i++
	}
	if i-offset < 4 || i-offset > 18 || i >= len(line) || line[i] != ':' && line[i] != ' ' && line[i] != '|' && line[i] != '\t' {
		return 0, 0
	}
	for i < len(line) && (line[i] == ':' || line[i] == '|') {
		i++
	}
	before := len(v.Text)
	for {
		start := i
		for i < len(line) && isBlank(line[i]) {
			i++
		}
		if size > 0 && i-start > 2 && size != 2 || i-start > 2 && len(v.Text)-before == 16 {
			break // the text beside
		}
		from := i
		for i < len(line) && hex(line[i]) >= 0 {
			i++
		}
		n := i - from
		if n != 2 && n != 4 && n != 8 || i < len(line) && !isBlank(line[i]) && line[i] != '|' {
			break
		}
		if size == 0 {
			size, first = n, from
		} else if n > size {
			break
		}
		for k := from; k < i; k += 2 {
			v.Text = append(v.Text, byte(hex(line[k])<<4|hex(line[k+1])))
		}
	}
	if len(v.Text) == before || len(v.Text)-before < 4 && bytes.IndexByte(line, '|') < 0 && before == 0 {
		v.Text = v.Text[:before]
		return 0, 0
	}
	return first, size
}
