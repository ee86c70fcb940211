package secret

import "slices"

// literals finds all of a set of literals in one pass, without regard to the case of
// ASCII letters (Aho and Corasick's automaton, made deterministic). It is read only.
//
// It has fewer classes of bytes than there are bytes, so that a row of its table is two
// cache lines: bytes beyond ASCII share some, and what it finds must be compared.
type literals struct {
	// class of each byte; 0 is a byte that no literal has.
	class [256]uint8
	// next holds, for each state, the next one for each class. States are multiplied by
	// the width of a row already.
	next []uint32
	// found holds the literals that end in a state; states from firstFound on have some.
	found      [][]uint16
	firstFound uint32
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
	found    [][]uint16
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

// newLiterals builds the automaton; found numbers the words in their order.
func newLiterals(words []string) *literals {
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
		t.found[at] = append(t.found[at], uint16(n))
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
	l.firstFound = uint32(len(inner)) << classBits
	all := append(inner, final...)
	number := make([]uint32, len(all))
	for i, at := range all {
		number[at] = uint32(i) << classBits
	}
	l.next = make([]uint32, 0, len(t.children))
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
func (l *literals) ending(state uint32) []uint16 {
	return l.found[(state-l.firstFound)>>classBits]
}

// within reports whether one of the literals stands in a text.
func (l *literals) within(text []byte) bool {
	state := uint32(0)
	for _, c := range text {
		if state = l.next[state+uint32(l.class[c])]; state >= l.firstFound {
			return true
		}
	}
	return false
}
