package rebuild

import (
	"cmp"
	"slices"

	"github.com/mcptrail/mcptrail/query"
)

// state returns the gaps in the order of their numbers, those that no event names as
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
		// A hole that a gap event names is no break: the collector said so under its own number.
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
// happened, so it covers no number from its own on, unless it carries the number of
// what was lost.
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
		// Both lists are sorted, so each is walked once. h is a copy and shrinks from the left.
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
			if named[0].to >= h.to {
				break // also where it ends at the largest number, behind which there is none
			}
			h.from = named[0].to + 1
		}
	}
	return missing
}
