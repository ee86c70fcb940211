package secret

import "slices"

// literals finds all of a set of literals in one pass, without regard to the case of
// ASCII letters (Aho and Corasick's automaton, made deterministic). It is read only.
//
// It has fewer classes of bytes than there are bytes, and states of two bytes, so that its table
// of 8,000 states stays in a core's cache: bytes beyond ASCII share some classes, and what it
// finds must be compared.
type literals struct {
	// class of each byte; 0 is a byte that no literal has.
	class [256]uint8
	// next holds, for each state, the next one for each class; see step.
	next []uint16
	// found holds the literals that end in a state; states from firstFound on have some.
	found      [][]found
	firstFound uint16
}

// found is a literal that ends in a state.
type found struct {
	// word is its number, size the length of its part that was matched.
	word uint16
	size uint8
	// exact: its letters are of their case, so that its first byte is compared before anything
	// else is done for it. Of what two or three letters find, this leaves a tenth.
	exact bool
	first byte
}

// step returns the state behind one more byte.
func (l *literals) step(state uint16, c byte) uint16 {
	return l.next[int(state)<<classBits|int(l.class[c])]
}

const (
	// maxLiteral bounds the part of a literal that the automaton matches, in bytes, and so
	// the number of its states; matchers compare the rest.
	maxLiteral = 9
	// classBits is the width of a row of the table, as a power of two.
	classBits = 6
	classes   = 1 << classBits
	// wideClasses are those of bytes beyond ASCII.
	wideClasses = 6
)

func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

// classify numbers the bytes of the words. What finds no class of its own shares the last.
func (l *literals) classify(words []string) {
	used := uint8(1)
	for _, w := range words {
		for i := range min(len(w), maxLiteral) {
			switch b := lower(w[i]); {
			case b >= 0x80:
				l.class[b] = classes - 1 - b%wideClasses
			case l.class[b] != 0:
			case used < classes-wideClasses-1:
				l.class[b] = used
				used++
			default:
				l.class[b] = classes - wideClasses - 1
			}
		}
	}
	for b := byte('A'); b <= 'Z'; b++ {
		l.class[b] = l.class[lower(b)]
	}
}

// trie is the automaton while it is built: rows of children by class, 0 for none, since the
// root is nobody's child.
type trie struct {
	children []uint16
	fail     []uint16
	found    [][]found
}

func (t *trie) add() uint16 {
	if len(t.fail) > 1<<16-1 {
		panic("more literals than an automaton of 65,536 states holds")
	}
	t.children = append(t.children, make([]uint16, classes)...)
	t.fail = append(t.fail, 0)
	t.found = append(t.found, nil)
	return uint16(len(t.fail) - 1)
}

func (t *trie) row(state uint16) []uint16 {
	return t.children[int(state)<<classBits : (int(state)+1)<<classBits]
}

// newLiterals builds the automaton; found numbers the words in their order. Those for which
// exact holds are words of their case.
func newLiterals(words []string, exact func(n int) bool) *literals {
	l := &literals{}
	l.classify(words)
	total := 1
	for _, w := range words {
		total += min(len(w), maxLiteral)
	}
	t := &trie{children: make([]uint16, 0, total*classes/2)}
	root := t.add()
	for n, w := range words {
		at := root
		for i := range min(len(w), maxLiteral) {
			c := l.class[lower(w[i])]
			to := t.row(at)[c]
			if to == 0 {
				to = t.add()
				t.row(at)[c] = to
			}
			at = to
		}
		t.found[at] = append(t.found[at], found{uint16(n), uint8(min(len(w), maxLiteral)), exact(n), w[0]})
	}
	l.number(t, t.complete())
	return l
}

// complete fills in the transitions that fall back to a shorter match, and returns the
// states in breadth-first order.
func (t *trie) complete() []uint16 {
	order := []uint16{0}
	for k := 0; k < len(order); k++ {
		at := order[k]
		row, back := t.row(at), t.row(t.fail[at])
		if at != 0 && len(t.found[t.fail[at]]) > 0 {
			t.found[at] = append(slices.Clip(t.found[at]), t.found[t.fail[at]]...)
		}
		for c, to := range row {
			switch {
			case to == 0 && at != 0:
				row[c] = back[c]
			case to != 0:
				order = append(order, to)
				if at != 0 {
					t.fail[to] = back[c]
				}
			}
		}
	}
	return order
}

// number numbers the states so that those with something found come last, which makes
// the test for them one comparison.
func (l *literals) number(t *trie, order []uint16) {
	var inner, final []uint16
	for _, at := range order {
		if len(t.found[at]) == 0 {
			inner = append(inner, at)
		} else {
			final = append(final, at)
		}
	}
	l.firstFound = uint16(len(inner))
	all := append(inner, final...)
	number := make([]uint16, len(all))
	for i, at := range all {
		number[at] = uint16(i)
	}
	l.next = make([]uint16, 0, len(t.children))
	for _, at := range all {
		for _, to := range t.row(at) {
			l.next = append(l.next, number[to])
		}
		if len(t.found[at]) > 0 {
			l.found = append(l.found, t.found[at])
		}
	}
}

// ending returns the literals that end in a state not below firstFound.
func (l *literals) ending(state uint16) []found {
	return l.found[state-l.firstFound]
}

// within reports whether one of the literals stands in a text.
func (l *literals) within(text []byte) bool {
	state := uint16(0)
	for _, c := range text {
		if state = l.step(state, c); state >= l.firstFound {
			return true
		}
	}
	return false
}

// anyCase is for words of any case.
func anyCase(int) bool { return false }
