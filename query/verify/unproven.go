package verify

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/schema"
)

// unproven answers what is known of events that no seal vouches for: those that none
// covers, and those that differ from the one that was sealed.
type unproven struct {
	*inquiry
	seals  *signedSeals
	chains *chains
	// unsealed are events that no seal covers, by their number. A second one under the
	// same number is a repeat or an equivocation.
	unsealed map[number]unsealedEvent
	// unsealedOrder are the numbers of unsealed in order, once the first hole needs them.
	unsealedOrder []number
	// altered are events that differ from the one that was sealed under their number.
	// They are reported in the end, when it is known whether that one is there too.
	altered map[number][]unsealedEvent
}

// unsealedEvent is what is kept of an event that no seal vouches for: enough to name
// it, and its leaf to tell a repeat from another.
// column is set for altered events only, where [changed] found it.
type unsealedEvent struct {
	leaf      schema.Hash
	collector string
	session   uuid.UUID
	seq       uint64
	column    string
}

// addUnsealed takes an event that no seal covers: the newest of a collector that lives,
// or one that somebody inserted. Which of them cannot be seen here, except behind the
// last seal of an epoch.
// ep is nil where no seal of the event's epoch is there.
func (v *unproven) addUnsealed(ep *epoch, e *schema.Event, leaf schema.Hash, place *schema.Location) {
	n := number{e.Epoch, e.CollectorSeq}
	if was, ok := v.unsealed[n]; ok {
		if was.leaf == leaf {
			v.report.Repeats++
		} else {
			v.report.Broken++
			v.addProblem(Mismatch, named(Problem{Kind: Equivocation, Detail: fmt.Sprintf("another event, %d of session %s, has the same number, and neither is sealed", was.seq, was.session)}, e))
		}
		return
	}
	v.unsealed[n] = unsealedEvent{leaf: leaf, collector: e.CollectorID, session: e.SessionID, seq: e.Seq}
	v.report.Events++
	if ep != nil && ep.runs[len(ep.runs)-1].Final && e.CollectorSeq >= ep.end() {
		v.report.Broken++
		v.addProblem(Mismatch, named(Problem{Kind: Extra, Detail: "its collector had ended this epoch before"}, e))
		return
	}
	v.report.Received++
	v.columns(e, leaf, place, false)
	v.chains.linkEvent(e, leaf, false)
}

// addAltered takes an event that is not the one that was sealed under its number. It is
// not linked to its session: its place there is that of the event that was sealed.
// The column is looked for now, while the event is here: only its names are kept.
func (v *unproven) addAltered(e *schema.Event, leaf, want schema.Hash, place *schema.Location) {
	n := number{e.Epoch, e.CollectorSeq}
	for _, was := range v.altered[n] {
		if was.leaf == leaf {
			v.report.Repeats++
			return
		}
	}
	v.report.Events++
	v.report.Broken++
	column := changed(e, want, v.chains.prior)
	if column == "" && place != nil && place.Stray != "" {
		column = place.Stray
	}
	v.altered[n] = append(v.altered[n], unsealedEvent{leaf: leaf, collector: e.CollectorID, session: e.SessionID, seq: e.Seq, column: column})
	s := v.chains.session(e.SessionID)
	s.altered = append(s.altered, span{e.Seq, e.Seq})
}

// closeAltered reports each event in the place of another: altered where that one is
// gone, an equivocation where it is there as well.
func (v *unproven) closeAltered() {
	for _, n := range inOrder(v.altered) {
		e := v.seals.epochs[n.epoch]
		r := e.run(n.seq)
		slot, _ := r.slot(n.seq)
		for _, a := range v.altered[n] {
			p := Problem{Kind: Altered, Column: a.column, Detail: "it is not the event that was sealed under its number"}
			if r.has(slot) {
				p.Kind, p.Column, p.Detail = Equivocation, "", "the event that was sealed under this number is there as well, and this is another"
			}
			v.addProblem(Mismatch, p.in(e).at(n.seq, n.seq).of(a.session, a.seq, a.seq))
		}
	}
}

// inOrder gives the keys of a map by epoch and number.
func inOrder[T any](of map[number]T) []number {
	all := make([]number, 0, len(of))
	for n := range of {
		all = append(all, n)
	}
	slices.SortFunc(all, compareNumbers)
	return all
}

func compareNumbers(a, b number) int {
	return cmp.Or(bytes.Compare(a.epoch[:], b.epoch[:]), cmp.Compare(a.seq, b.seq))
}

// closeUnsealed reports of each epoch which of its events no seal covers, as one problem:
// the newest events of every collector that lives are unsealed for some seconds.
func (v *unproven) closeUnsealed() {
	all := inOrder(v.unsealed)
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].epoch == all[0].epoch {
			n++
		}
		first := v.unsealed[all[0]]
		p := Problem{Kind: Unsealed, Collector: first.collector, Epoch: all[0].epoch.String(),
			Detail: fmt.Sprintf("no seal covers %s of it", count(uint64(n), "event"))}.at(all[0].seq, all[n-1].seq)
		if v.seals.epochs[all[0].epoch] == nil {
			p.Detail = fmt.Sprintf("there is no seal of this epoch: %s of it, never sealed or forged", count(uint64(n), "event"))
		}
		if n == 1 {
			p = p.of(first.session, first.seq, first.seq)
		}
		v.addProblem(Incomplete, p)
		all = all[n:]
	}
}

// hasUnsealed reports whether events of an epoch are there that no seal covers, with a
// number from one to before another.
// It sorts what is unsealed once, so it must not be asked before all events have come.
func (v *unproven) hasUnsealed(epoch uuid.UUID, from, to uint64) bool {
	if v.unsealedOrder == nil {
		v.unsealedOrder = inOrder(v.unsealed)
	}
	i, _ := slices.BinarySearchFunc(v.unsealedOrder, number{epoch, from}, compareNumbers)
	return i < len(v.unsealedOrder) && v.unsealedOrder[i].epoch == epoch && v.unsealedOrder[i].seq < to
}
