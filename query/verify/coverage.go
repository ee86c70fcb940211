package verify

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
)

// coverage answers, when all events have come, whether what the seals cover is there, and
// whether all seals are.
// It runs once, in [Verifier.Finish]: before, a hole may still be filled by what comes late.
type coverage struct {
	*inquiry
	seals    *signedSeals
	unproven *unproven
}

// close looks at each epoch.
// In the order of their ids, so that two checks of one record give one report.
func (v *coverage) close() {
	for _, id := range sorted(v.seals.epochs) {
		e := v.seals.epochs[id]
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
}

// closeRun finds what a seal covers and is not there, and returns how many events of it
// are missing for good. Numbers next to each other are one problem.
func (v *coverage) closeRun(e *epoch, r *run) (gone uint64) {
	if r.open {
		v.closeOpen(e, r)
		return 0
	}
	missing := func(from, to uint64) {
		p := Problem{Kind: Missing, Detail: fmt.Sprintf("%d of the events that were sealed %s not there", to-from+1, areNot(to-from+1))}.in(e).at(from, to)
		// The last one that is missing may be where its session ended, which the seal names: so
		// the session is known although the event is gone.
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
	// One step beyond the run ends a hole that reaches to its end.
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
// Since it counts, it must be asked once for each number.
func (v *coverage) isMissing(e *epoch, r *run, n uint64) bool {
	slot, known := r.slot(n)
	switch {
	case known && r.has(slot):
		return false
	case v.Session != (uuid.UUID{}) && (!known || r.at == nil):
		return false // It may be of another session.
	case len(v.unproven.altered[number{e.id, n}]) > 0:
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
// The root is what was signed, so events that lead to it are proven as well as by good leaves.
// One event that is missing leaves the others unproven: nothing else names the right ones.
func (v *coverage) closeOpen(e *epoch, r *run) {
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
// A statement counts only if all its runs end within the hole, and fewer seals than are
// missing excuse none of them.
func (v *coverage) closeSeals(e *epoch) {
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
		v.shape.hole(e, before, next, v.unproven.hasUnsealed(e.id, from, next.First))
		v.addProblem(Mismatch, p)
	}
}

// closeEpoch finds an epoch whose collector fell silent without a last seal: its tail may
// be cut, and nothing proves that it is not.
// Without Now nothing is said, as of a bundle: when it was exported is not signed.
func (v *coverage) closeEpoch(e *epoch) {
	last := &e.runs[len(e.runs)-1]
	if v.Whole && !last.Final && !v.Now.IsZero() && v.Now.Sub(time.Unix(0, last.Time)) > silentAfter {
		v.addProblem(Incomplete, Problem{Kind: Silent, Detail: "silent since " + time.Unix(0, last.Time).UTC().Format(time.RFC3339) + ", without a last seal"}.in(e))
	}
}

// addTwin adds that two epochs of an identity have one number. Where both are trusted and
// nothing of the record was changed, its key is on two hosts: who forges with the key takes a
// number that is free. Where something was changed, one of them may stand in for the other.
func (v *coverage) addTwin(e, other *epoch) {
	twice := fmt.Sprintf("epoch %s of the same identity has the same number %d", other.id, e.number)
	if v.report.Mismatches > 0 || !e.trusted || !other.trusted {
		v.addProblem(Mismatch, Problem{Kind: Equivocation, Detail: twice}.in(e))
		return
	}
	v.addProblem(Incomplete, Problem{Kind: Cloned, Detail: "identity.key is used on two hosts: " + twice + ", and both are whole"}.in(e))
}

// countEpochs finds epochs that left nothing, and numbers that were given twice. An
// identity counts its epochs from 1, so that one that was removed whole leaves a hole.
func (v *coverage) countEpochs() {
	of := map[string]map[uint64]*epoch{}
	for _, id := range sorted(v.seals.epochs) {
		e := v.seals.epochs[id]
		if of[e.signer] == nil {
			of[e.signer] = map[uint64]*epoch{}
		}
		if other := of[e.signer][e.number]; other != nil {
			v.addTwin(e, other)
		}
		of[e.signer][e.number] = e
	}
	for _, signer := range slices.Sorted(maps.Keys(of)) {
		numbers, last := of[signer], uint64(0)
		for n := range numbers {
			last = max(last, n)
		}
		// The number is in a certificate, which a stranger may have made: it must not decide how
		// many problems are made here.
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
