package verify

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Finish says what was found, mismatches first. Most problems can be named only now:
// what is missing may have come late, and what excuses it later still. The verifier is
// of no use afterwards.
func (v *Verifier) Finish() *Report {
	v.checkSeals()
	for _, id := range sorted(v.epochs) {
		e := v.epochs[id]
		lost, missing := v.report.Lost, make([]uint64, len(e.runs))
		for i := range e.runs {
			missing[i] = v.closeRun(e, &e.runs[i])
		}
		v.shape.missing(e, missing)
		if lost = v.report.Lost - lost; lost > 0 {
			v.addProblem(Incomplete, Problem{Kind: Gap, Detail: fmt.Sprintf("%s lost by the collector itself, as it says", count(lost, "event"))}.in(e))
		}
		v.closeSeals(e)
		v.closeEpoch(e)
	}
	v.closeAltered()
	v.closeUnsealed()
	if v.Whole {
		v.countEpochs()
	}
	for _, id := range sorted(v.sessions) {
		v.closeSession(v.sessions[id])
	}
	r := &v.report
	switch {
	case r.Mismatches > 0:
		r.State = StateBroken
	case r.Received > 0 || r.Events == 0 || r.Waiting > 0:
		r.State = StateReceived
	case r.Sealed > 0:
		r.State = StateSealed
	default:
		r.State = StateVerified
	}
	if r.Problems == nil {
		r.Problems = []Problem{}
	}
	r.Causes = v.shape.causes(r.Waiting)
	slices.SortStableFunc(r.Problems, func(a, b Problem) int { return weight(a.Severity) - weight(b.Severity) })
	return r
}

// weight orders severities, the worst first.
func weight(s Severity) int {
	return slices.Index([]Severity{Mismatch, Untrusted, Incomplete}, s)
}

// sorted gives the keys of a map, so that a report is the same each time.
func sorted[T any](m map[uuid.UUID]T) []uuid.UUID {
	ids := make([]uuid.UUID, 0, len(m))
	for id := range m {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	return ids
}

// closeRun finds what a seal covers and is not there, and returns how many events of it
// are missing for good. Numbers next to each other are one problem.
func (v *Verifier) closeRun(e *epoch, r *run) (gone uint64) {
	if r.open {
		v.closeOpen(e, r)
		return 0
	}
	missing := func(from, to uint64) {
		p := Problem{Kind: Missing, Detail: fmt.Sprintf("%d of the events that were sealed %s not there", to-from+1, areNot(to-from+1))}.in(e).at(from, to)
		for i := range r.Heads {
			if slot, ok := r.slot(to); ok && r.leaves[slot] == r.Heads[i].Hash {
				p = p.of(r.Heads[i].Session, r.Heads[i].Seq, r.Heads[i].Seq)
			}
		}
		if v.mayStillCome(r.Seal) {
			p.Kind, p.Detail = Late, waitingFor(to-from+1)
			v.report.Waiting += to - from + 1
			v.addProblem(Incomplete, p)
			return
		}
		gone += to - from + 1
		v.report.Missing += to - from + 1
		v.addProblem(Mismatch, p)
	}
	begun := false
	var from uint64
	for i := uint64(0); i <= r.Count; i++ {
		if i < r.Count && v.isMissing(e, r, r.First+i) {
			if !begun {
				begun, from = true, r.First+i
			}
			continue
		}
		if begun {
			missing(from, r.First+i-1)
			begun = false
		}
	}
	return gone
}

func waitingFor(n uint64) string {
	return fmt.Sprintf("waiting for %s: sealed moments ago, and not there yet", count(n, "sealed event"))
}

func areNot(n uint64) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// isMissing reports whether the event with a number must be there and is not. It counts
// those that their collector states it lost.
func (v *Verifier) isMissing(e *epoch, r *run, n uint64) bool {
	slot, known := r.slot(n)
	switch {
	case known && r.has(slot):
		return false
	case v.Session != (uuid.UUID{}) && (!known || r.at == nil):
		return false // It may be of another session.
	case len(v.altered[number{e.id, n}]) > 0:
		return false // Another one is in its place, which is said elsewhere.
	}
	if lostWithin(v.lost[e.id], n, n) {
		v.report.Lost++
		return false
	}
	return true
}

// closeOpen checks whether the events of a run whose leaves are wrong lead to its root.
// If they do, only the stored leaves were edited, which was said when the seal came.
func (v *Verifier) closeOpen(e *epoch, r *run) {
	events := uint64(0)
	for i := range r.leaves {
		if r.has(i) {
			events++
		}
	}
	if root, err := r.root(); err == nil && root == r.Root && events == uint64(len(r.leaves)) {
		if e.trusted {
			v.report.Verified += events
		} else {
			v.report.Sealed += events
		}
		return
	}
	v.report.Broken += events
	v.addProblem(Mismatch, r.name(Problem{Kind: Altered, Detail: fmt.Sprintf("of %d events, with %d there, at least one is not the one that was sealed", r.Count, events)}.in(e)))
}

// closeSeals finds seals that are missing. A hole is excused if the collector states that
// it lost as many seals within it.
func (v *Verifier) closeSeals(e *epoch) {
	if v.Session != (uuid.UUID{}) {
		return // The seals between touch other sessions.
	}
	for _, i := range e.holes {
		var from, index uint64
		if i > 0 {
			from, index = e.runs[i-1].End(), e.runs[i-1].Index+1
		}
		next := &e.runs[i]
		missing, excused := next.Index-index, uint64(0)
		for _, l := range v.noSeals[e.id] {
			if l.From >= from && l.To <= next.First {
				excused += l.Count
			}
		}
		p := Problem{Kind: MissingSeal, Detail: fmt.Sprintf("seals %d to %d of the epoch are not there", index, next.Index-1)}.in(e)
		if next.First > from {
			p = p.at(from, next.First-1)
		}
		if excused >= missing {
			p.Detail += ", lost by the collector itself"
			v.addProblem(Incomplete, p)
			continue
		}
		var before *run
		if i > 0 {
			before = &e.runs[i-1]
		}
		v.shape.hole(e, before, next, v.hasUnsealed(e.id, from, next.First))
		v.addProblem(Mismatch, p)
	}
}

// hasUnsealed reports whether events of an epoch are there that no seal covers, with a
// number from one to before another.
func (v *Verifier) hasUnsealed(epoch uuid.UUID, from, to uint64) bool {
	if v.unsealedOrder == nil {
		v.unsealedOrder = inOrder(v.unsealed)
	}
	i, _ := slices.BinarySearchFunc(v.unsealedOrder, number{epoch, from}, compareNumbers)
	return i < len(v.unsealedOrder) && v.unsealedOrder[i].epoch == epoch && v.unsealedOrder[i].seq < to
}

// closeEpoch finds an epoch whose collector fell silent without a last seal: its tail may
// be cut, and nothing proves that it is not.
func (v *Verifier) closeEpoch(e *epoch) {
	last := &e.runs[len(e.runs)-1]
	if v.Whole && !last.Final && !v.Now.IsZero() && v.Now.Sub(time.Unix(0, last.Time)) > silentAfter {
		v.addProblem(Incomplete, Problem{Kind: Silent, Detail: "silent since " + time.Unix(0, last.Time).UTC().Format(time.RFC3339) + ", without a last seal"}.in(e))
	}
}

// closeAltered reports each event in the place of another: altered where that one is
// gone, an equivocation where it is there as well.
func (v *Verifier) closeAltered() {
	for _, n := range inOrder(v.altered) {
		e := v.epochs[n.epoch]
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
func (v *Verifier) closeUnsealed() {
	all := inOrder(v.unsealed)
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].epoch == all[0].epoch {
			n++
		}
		first := v.unsealed[all[0]]
		p := Problem{Kind: Unsealed, Collector: first.collector, Epoch: all[0].epoch.String(),
			Detail: fmt.Sprintf("no seal covers %s of it", count(uint64(n), "event"))}.at(all[0].seq, all[n-1].seq)
		if v.epochs[all[0].epoch] == nil {
			p.Detail = fmt.Sprintf("there is no seal of this epoch: %s of it, never sealed or forged", count(uint64(n), "event"))
		}
		if n == 1 {
			p = p.of(first.session, first.seq, first.seq)
		}
		v.addProblem(Incomplete, p)
		all = all[n:]
	}
}

// countEpochs finds epochs that left nothing, and numbers that were given twice. An
// identity counts its epochs from 1, so that one that was removed whole leaves a hole.
func (v *Verifier) countEpochs() {
	of := map[string]map[uint64]*epoch{}
	for _, id := range sorted(v.epochs) {
		e := v.epochs[id]
		if of[e.signer] == nil {
			of[e.signer] = map[uint64]*epoch{}
		}
		if other := of[e.signer][e.number]; other != nil {
			v.addProblem(Mismatch, Problem{Kind: Equivocation, Detail: fmt.Sprintf("epoch %s of the same identity has the same number %d", other.id, e.number)}.in(e))
		}
		of[e.signer][e.number] = e
	}
	for signer, numbers := range of {
		last := uint64(0)
		for n := range numbers {
			last = max(last, n)
		}
		if last > uint64(len(numbers))+100_000 {
			v.addProblem(Incomplete, Problem{Kind: MissingEpoch, Detail: fmt.Sprintf("identity %s has begun %d epochs, and %d are there", signer, last, len(numbers))})
			continue
		}
		for n := uint64(1); n <= last; n++ {
			if numbers[n] == nil {
				v.addProblem(Incomplete, Problem{Kind: MissingEpoch, Detail: fmt.Sprintf("epoch number %d of identity %s left nothing", n, signer)})
			}
		}
	}
}
