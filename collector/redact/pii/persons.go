package pii

import (
	"bytes"
	_ "embed"
	"fmt"
	"strings"
	"unicode/utf8"
)

//go:embed persons.tsv
var personsTable string

// Persons finds the numbers that states give to persons. Not for concurrent use.
type Persons struct {
	kinds []person
	// nodes are a trie of the formats: of each node the next one for each shape, 0 for none.
	nodes []formatNode
	// digits are those of the number at hand.
	digits [maxDigits]byte
}

// person is one kind of number.
type person struct {
	checks []check
	words  [][]byte
}

// formatNode is a place in the formats. What ends there is a number of kinds[k] wherever it
// stands for the k of alone, and behind a word of theirs for those of named.
type formatNode struct {
	next         [shapes]uint16
	alone, named []uint8
}

const (
	// shapes are the classes of bytes that formats tell apart, 0 for those of none.
	shapes = 11
	// maxNumber is the length of the longest number, signs included, and maxDigits how many
	// digits and letters it has.
	maxNumber, maxDigits = 24, 20
	// maxBefore is how far before a number its word may begin, in bytes.
	maxBefore = 64
	// KindPerson is the kind of the findings.
	KindPerson = "national-id"
)

// shapeOf is the class of each byte in formats.
var shapeOf = func() (of [256]uint8) {
	for c := '0'; c <= '9'; c++ {
		of[c] = 1
	}
	for c := 'A'; c <= 'Z'; c++ {
		of[c] = 2
	}
	for i, c := range []byte(" -./+()") {
		of[c] = uint8(3 + i)
	}
	return of
}()

// NewPersons builds the table. It panics where the table itself is wrong, which its test
// would have shown.
func NewPersons() *Persons {
	p := &Persons{nodes: make([]formatNode, 1)}
	for n, row := range strings.Split(strings.TrimRight(personsTable, "\n"), "\n") {
		if row[0] == '#' || strings.HasPrefix(row, "country\t") {
			continue
		}
		cells := strings.Split(row, "\t")
		if len(cells) != 7 {
			panic(fmt.Sprintf("line %d of persons.tsv has %d cells", n+1, len(cells)))
		}
		kind := uint8(len(p.kinds))
		var k person
		for spec := range strings.FieldsSeq(cells[3]) {
			k.checks = append(k.checks, parseCheck(spec))
		}
		for word := range strings.SplitSeq(cells[4], ",") {
			k.words = append(k.words, []byte(word))
		}
		p.kinds = append(p.kinds, k)
		for format := range strings.FieldsSeq(cells[2]) {
			bare, alone := strings.CutPrefix(format, "!")
			p.insert(bare, kind, alone)
		}
	}
	return p
}

// insert adds one format of a kind.
func (p *Persons) insert(format string, kind uint8, alone bool) {
	at := uint16(0)
	for i := range len(format) {
		shape := shapeOf[format[i]]
		switch format[i] {
		case 'd':
			shape = 1
		case '_': // a blank
			shape = 3
		}
		if p.nodes[at].next[shape] == 0 {
			p.nodes = append(p.nodes, formatNode{})
			p.nodes[at].next[shape] = uint16(len(p.nodes) - 1)
		}
		at = p.nodes[at].next[shape]
	}
	if node := &p.nodes[at]; alone {
		node.alone = append(node.alone, kind)
	} else {
		node.named = append(node.named, kind)
	}
}

// at returns the length of the longest number of a person that begins at text[i], where a
// word begins, or 0. It reads at most maxNumber bytes from there and maxBefore before, and
// those only for a number whose checks hold.
func (p *Persons) at(text []byte, i int) (length int) {
	node := uint16(0)
	n := 0
	for j := i; j < len(text) && j-i < maxNumber; j++ {
		c := text[j]
		shape := shapeOf[c]
		if node = p.nodes[node].next[shape]; shape == 0 || node == 0 {
			break
		}
		if shape <= 2 {
			if n == maxDigits {
				break
			}
			p.digits[n] = c
			n++
		}
		here := &p.nodes[node]
		if len(here.alone)+len(here.named) == 0 || !endsNumber(text, i, j+1) {
			continue
		}
		if p.is(here.alone, p.digits[:n]) || p.named(here.named, p.digits[:n], text[max(0, i-maxBefore):i]) {
			length = j + 1 - i
		}
	}
	return length
}

// endsNumber reports whether the number text[from:to] is whole: no digit or letter stands
// behind it, and no further group of it on either side.
func endsNumber(text []byte, from, to int) bool {
	if to < len(text) && (isWord(text[to]) || text[to] >= utf8.RuneSelf && text[to] < 0xe2) {
		return false
	}
	if to+1 < len(text) && isDigit(text[to+1]) && (text[to] == '-' || text[to] == '.' || text[to] == '/' || text[to] == ' ' && grouped(text[from:to])) {
		return false
	}
	return from < 2 || !isDigit(text[from-2]) || text[from-1] != '-' && text[from-1] != '/' && (text[from-1] != ' ' || !grouped(text[from:to]))
}

// grouped reports whether blanks part the groups of a number.
func grouped(number []byte) bool { return bytes.IndexByte(number, ' ') >= 0 }

// is reports whether the checks of one of the kinds hold.
func (p *Persons) is(kinds []uint8, digits []byte) bool {
	for _, k := range kinds {
		if p.holds(k, digits) {
			return true
		}
	}
	return false
}

func (p *Persons) holds(kind uint8, digits []byte) bool {
	for _, c := range p.kinds[kind].checks {
		if !c(digits) {
			return false
		}
	}
	return true
}

// named reports whether the checks of one of the kinds hold and a word of it stands before.
func (p *Persons) named(kinds []uint8, digits, before []byte) bool {
	for _, k := range kinds {
		if p.holds(k, digits) && p.word(k, before) {
			return true
		}
	}
	return false
}

// word reports whether one of a kind's words stands in a text as a word of its own.
func (p *Persons) word(kind uint8, text []byte) bool {
	if n := bytes.LastIndexByte(text, '\n'); n >= 0 && bytes.IndexByte(text[:n], ':') < 0 {
		text = text[n+1:] // words of another line are about something else, but for a heading
	}
	var buf [maxBefore]byte
	lowered := buf[:copy(buf[:], text)]
	ascii := true
	for i, c := range lowered {
		ascii = ascii && c < utf8.RuneSelf
		if 'A' <= c && c <= 'Z' {
			lowered[i] = c + 'a' - 'A'
		}
	}
	if !ascii {
		lowered = bytes.ToLower(text)
	}
	for _, word := range p.kinds[kind].words {
		for at := 0; ; {
			i := bytes.Index(lowered[at:], word)
			if i < 0 {
				break
			}
			at += i
			end := at + len(word)
			if word[0] >= utf8.RuneSelf || (at == 0 || !isLetter(lowered[at-1])) && (end == len(lowered) || !isLetter(lowered[end])) {
				return true
			}
			at = end
		}
	}
	return false
}

func isLetter(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }
