package rebuild

import (
	"slices"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/schema"
)

// chain follows the numbers and hashes of a session.
type chain struct {
	// last is the number of the last event, heads the hashes of the events that
	// carry it: more than one where the record contradicts itself.
	last  uint64
	heads []schema.Hash
	// placeholder says that the last event is a gap that carries the number of an
	// event that was lost.
	placeholder bool

	// start is the number of the first event that is given, 0 for all of them.
	start uint64
	// partial says that the caller excludes events, so that a number between two says
	// nothing about a loss.
	partial bool

	events, verified uint64
	// broken is the first number whose event does not name the one before it.
	broken        *uint64
	equivocations []uint64
	// holes are runs of numbers that no event carries, in their order.
	holes []span
	named []query.Gap
}

// span is a run of numbers, both ends included.
type span struct{ from, to uint64 }

// add takes the next event, and marks it where it is another one under a number that
// is taken, or where events are missing. It reports whether it is an exact repeat.
func (c *chain) add(m *message) (repeat bool) {
	placeholder := m.Placeholder()
	m.afterGap = m.Gap != nil || c.events > 0 && m.Seq > c.last+1 && !c.partial
	if c.events > 0 && m.Seq == c.last {
		repeat = c.addSame(m, placeholder)
	} else {
		c.addNext(m, placeholder)
	}
	m.incomplete = len(c.holes) > 0
	m.requestLost = m.RequestSeq != 0 && c.lacks(m.RequestSeq)
	return repeat
}

// addSame takes an event whose number the last one carries too.
func (c *chain) addSame(m *message, placeholder bool) (repeat bool) {
	switch {
	case slices.Contains(c.heads, m.Leaf), placeholder && !c.placeholder:
		return true
	case c.placeholder && !placeholder:
		// The event was not lost after all.
		c.placeholder, c.heads = false, append(c.heads[:0], m.Leaf)
		// The gap that the placeholder named was the last one added.
		c.named = c.named[:len(c.named)-1]
		return false
	}
	c.events++
	// Both are kept as heads: the next event follows one of them, and either may be the true one.
	c.heads = append(c.heads, m.Leaf)
	if n := len(c.equivocations); n == 0 || c.equivocations[n-1] != m.Seq {
		c.equivocations = append(c.equivocations, m.Seq)
	}
	m.words = append(m.words, query.FlagEquivocation)
	return false
}

// addNext takes an event with a number of its own.
func (c *chain) addNext(m *message, placeholder bool) {
	seq, next := m.Seq, c.last+1
	switch {
	// On a page the first event proves nothing about the one before it, which was not read.
	case c.events == 0 && c.start > 0:
		next, c.heads = c.start, []schema.Hash{m.Prev} // the one before it was excluded
	case c.events == 0:
		next, c.heads = 0, []schema.Hash{{}}
	}
	if seq > next {
		c.holes = append(c.holes, span{next, seq - 1})
	}
	switch {
	case slices.Contains(c.heads, m.Prev):
		c.verified++
	// Behind a hole the hash cannot fit, and a placeholder stands for an event whose hash is
	// not known: neither is a break of the chain.
	case seq == next && c.broken == nil && !placeholder && !c.placeholder:
		c.broken = &seq
	}
	if g := m.Gap; g != nil {
		c.named = append(c.named, query.Gap{FromSeq: g.From, ToSeq: g.To, Count: g.Count, Bytes: g.Bytes, Reason: g.Reason, NamedBy: &seq})
	}
	c.events++
	c.last, c.heads, c.placeholder = seq, append(c.heads[:0], m.Leaf), placeholder
}

// lacks reports whether no event carries that number, which lies behind the last.
func (c *chain) lacks(seq uint64) bool {
	_, found := slices.BinarySearchFunc(c.holes, seq, func(h span, seq uint64) int {
		switch {
		case h.to < seq:
			return -1
		case h.from > seq:
			return 1
		}
		return 0
	})
	return found
}
