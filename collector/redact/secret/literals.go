package secret

// literals finds all of a set of literals in one pass, without regard to case
// (Aho and Corasick's automaton, made deterministic).
type literals struct {
	// class of each byte; 0 is a byte that no literal has.
	class [256]uint8
	// next holds, for each state, the next one for each class. States are
	// multiplied by the width already.
	next  []uint32
	width uint32
	// found holds the literals that end in a state; states from firstFound on have some.
	found      [][]uint16
	firstFound uint32
}

// maxLiteral bounds the part of a literal that the automaton matches, and so the number
// of its states; matchers compare the rest.
const maxLiteral = 10

func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

// newLiterals builds the automaton; found numbers the words in their order.
func newLiterals(words []string) *literals {
	l := &literals{width: 1}
	for _, w := range words {
		for i := range min(len(w), maxLiteral) {
			if b := lower(w[i]); l.class[b] == 0 {
				l.class[b] = uint8(l.width)
				l.width++
			}
		}
	}
	for b := byte('A'); b <= 'Z'; b++ {
		l.class[b] = l.class[lower(b)]
	}
	type node struct {
		child map[uint8]int
		fail  int
		found []uint16
	}
	nodes := []node{{child: map[uint8]int{}}}
	for n, w := range words {
		at := 0
		for i := range min(len(w), maxLiteral) {
			c := l.class[w[i]]
			to, ok := nodes[at].child[c]
			if !ok {
				to = len(nodes)
				nodes = append(nodes, node{child: map[uint8]int{}})
				nodes[at].child[c] = to
			}
			at = to
		}
		nodes[at].found = append(nodes[at].found, uint16(n))
	}
	// Breadth first, each node completed from the node it falls back to.
	full := make([][]int, len(nodes))
	order := []int{0}
	for k := 0; k < len(order); k++ {
		at := order[k]
		full[at] = make([]int, l.width)
		if at != 0 {
			copy(full[at], full[nodes[at].fail])
			nodes[at].found = append(nodes[at].found, nodes[nodes[at].fail].found...)
		}
		for c := uint8(1); uint32(c) < l.width; c++ {
			if to, ok := nodes[at].child[c]; ok {
				nodes[to].fail = full[at][c]
				full[at][c] = to
				order = append(order, to)
			}
		}
	}
	// Number the states so that those with something found come last.
	number := make([]uint32, len(nodes))
	var inner, final []int
	for _, at := range order {
		if len(nodes[at].found) == 0 {
			inner = append(inner, at)
		} else {
			final = append(final, at)
		}
	}
	all := append(inner, final...)
	for i, at := range all {
		number[at] = uint32(i) * l.width
	}
	l.firstFound = uint32(len(inner)) * l.width
	for _, at := range all {
		for _, to := range full[at] {
			l.next = append(l.next, number[to])
		}
	}
	for _, at := range final {
		l.found = append(l.found, nodes[at].found)
	}
	return l
}

// ending returns the literals that end in a state not below firstFound.
func (l *literals) ending(state uint32) []uint16 {
	return l.found[(state-l.firstFound)/l.width]
}
