package rebuild

import (
	"iter"
	"slices"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/schema"
)

// Page is a part of a timeline: the operations and facts that begin within a run of
// numbers.
type Page struct {
	// From is the first seq of the page.
	From uint64
	// Limit is how many operations it holds at most, besides those embedded in others.
	Limit int
	// Start is the first event that is read: some of those before the page, so that
	// what goes on in it is known.
	Start uint64
	// Known are the definitions in force before Start, nil for none.
	Known *Catalogue
	// Session is the whole one: of a page its counts and times would be wrong.
	Session query.Session
}

const (
	// LookBack is how many events before a page are read, LookAhead how many behind
	// it for the ends of its operations. What lasts longer has no end, or no cause, on
	// its page; the whole timeline has it.
	LookBack  = 2000
	LookAhead = 2000
)

// Timeline returns the page of a session. The events must begin with the page's
// Start and may end where the page does. It stops reading as soon as it can. Its
// integrity is that of the events that were read, which are more than those shown.
func (p Page) Timeline(events iter.Seq2[query.Event, error]) (*query.Timeline, error) {
	b := NewBuilder()
	b.facts.start, b.chain.start = p.Start, p.Start
	// The builder changes the catalogue that it is given; a page is built once.
	if p.Known != nil {
		b.catalogue = p.Known
	}
	var beyond *uint64
	err := b.addAll(func(yield func(query.Event, error) bool) {
		for e, err := range events {
			if err == nil && beyond == nil && b.operations.begun(p.From) > p.Limit {
				// Two events can claim one number; a page ends behind both.
				if seq := b.operations.all[len(b.operations.all)-1].rounds[0].seq; seq > p.From {
					beyond = &seq
				}
			}
			// Behind the page only the ends of its operations are of interest.
			if beyond != nil && (err == nil && e.Seq > *beyond+LookAhead || b.operations.over(*beyond)) {
				return
			}
			if !yield(e, err) {
				return
			}
		}
	})
	if err != nil {
		return nil, err
	}
	tl := b.Timeline()
	cut(tl, p.From, beyond)
	tl.Session = p.Session
	return tl, nil
}

// begun counts the operations that began at a seq or after it.
func (o *operations) begun(from uint64) int {
	n := 0
	// Counted from the end, where the page is.
	for i := len(o.all) - 1; i >= 0 && o.all[i].rounds[0].seq >= from; i-- {
		n++
	}
	return n
}

// over reports whether everything that began before a seq has ended, and waits for
// nothing more.
func (o *operations) over(before uint64) bool {
	for _, op := range o.all {
		if op.rounds[0].seq >= before {
			break
		}
		last := op.last().ended
		if last == "" || last == schema.OutcomeInputRequired || op.task != nil && op.task.endMono == 0 {
			return false
		}
	}
	return true
}

// cut keeps what begins from a seq on and before another.
func cut(t *query.Timeline, from uint64, beyond *uint64) {
	out := func(seq uint64) bool { return seq < from || beyond != nil && seq >= *beyond }
	t.Operations = slices.DeleteFunc(t.Operations, func(o query.Operation) bool { return out(o.Seq) })
	t.Facts = slices.DeleteFunc(t.Facts, func(f query.Fact) bool { return out(f.Seq) })
	t.Unpaired = slices.DeleteFunc(t.Unpaired, func(u query.Unpaired) bool { return out(u.Seq) })
	t.Gaps = slices.DeleteFunc(t.Gaps, func(g query.Gap) bool { return out(g.FromSeq) })
	t.NextSeq = beyond
}
