package rebuild

import (
	"cmp"
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
	// standIn says that the last event stands in the place of one that was lost.
	standIn bool

	// start is the number of the first event that is given, 0 for all of them.
	start            uint64
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

// add takes the next event and reports whether it is an exact repeat, or another
// event under a number already taken.
func (c *chain) add(e query.Event) (repeat, equivocal bool) {
	hash := e.Leaf
	standIn := e.Placeholder()
	if c.events > 0 && e.Seq == c.last {
		switch {
		case slices.Contains(c.heads, hash), standIn && !c.standIn:
			return true, false
		case c.standIn && !standIn:
			// The event came after all.
			c.standIn, c.heads = false, append(c.heads[:0], hash)
			c.named = c.named[:len(c.named)-1]
			return false, false
		}
		c.events++
		c.heads = append(c.heads, hash)
		if n := len(c.equivocations); n == 0 || c.equivocations[n-1] != e.Seq {
			c.equivocations = append(c.equivocations, e.Seq)
		}
		return false, true
	}

	seq, next := e.Seq, c.last+1
	switch {
	case c.events == 0 && c.start > 0:
		next, c.heads = c.start, []schema.Hash{e.Prev} // the one before it was left out
	case c.events == 0:
		next, c.heads = 0, []schema.Hash{{}}
	}
	if e.Seq > next {
		c.holes = append(c.holes, span{next, e.Seq - 1})
	}
	switch {
	case slices.Contains(c.heads, e.Prev):
		c.verified++
	case e.Seq == next && c.broken == nil && !standIn && !c.standIn:
		c.broken = &seq
	}
	if e.Gap != nil {
		c.named = append(c.named, query.Gap{
			FromSeq: e.Gap.From, ToSeq: e.Gap.To, Count: e.Gap.Count, Bytes: e.Gap.Bytes, Reason: e.Gap.Reason, NamedBy: &seq,
		})
	}
	c.events++
	c.last, c.heads, c.standIn = e.Seq, append(c.heads[:0], hash), standIn
	return false, false
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

// state returns the gaps in the order of their numbers, with what no event names as
// missing, and what the chain proves.
func (c *chain) state() ([]query.Gap, query.Integrity) {
	gaps := append([]query.Gap{}, c.named...)
	for _, h := range c.missing() {
		gaps = append(gaps, query.Gap{FromSeq: h.from, ToSeq: h.to, Count: h.to - h.from + 1, Reason: query.ReasonMissing})
	}
	slices.SortStableFunc(gaps, func(a, b query.Gap) int { return cmp.Compare(a.FromSeq, b.FromSeq) })

	i := query.Integrity{State: query.Received, Findings: []string{}, Events: c.events, Verified: c.verified, Equivocations: seqs(c.equivocations)}
	bad := slices.Clone(c.equivocations)
	if c.broken != nil {
		bad = append(bad, *c.broken)
	}
	for _, g := range gaps {
		if g.NamedBy == nil {
			bad = append(bad, g.FromSeq)
		}
	}
	if len(bad) > 0 {
		first := slices.Min(bad)
		i.State, i.FirstBadSeq = query.Broken, &first
	}
	return gaps, i
}

// missing returns the holes less what gap events name. A gap is named after it
// happened, so it says nothing of numbers from its own on, unless it stands in the
// place of what was lost.
func (c *chain) missing() []span {
	var named []span
	for _, g := range c.named {
		switch by := *g.NamedBy; {
		case g.FromSeq == by:
			named = append(named, span{g.FromSeq, g.ToSeq})
		case g.FromSeq < by:
			named = append(named, span{g.FromSeq, min(g.ToSeq, by-1)})
		}
	}
	slices.SortFunc(named, func(a, b span) int { return cmp.Compare(a.from, b.from) })

	var missing []span
	for _, h := range c.holes {
		for h.from <= h.to {
			for len(named) > 0 && named[0].to < h.from {
				named = named[1:]
			}
			if len(named) == 0 || named[0].from > h.to {
				missing = append(missing, h)
				break
			}
			if named[0].from > h.from {
				missing = append(missing, span{h.from, named[0].from - 1})
			}
			h.from = named[0].to + 1
		}
	}
	return missing
}
