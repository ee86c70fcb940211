package verify

import (
	"bytes"
	"slices"

	"github.com/google/uuid"
)

// Finish says what was found, mismatches first. Most problems can be named only now:
// what is missing may have come late, and what excuses it later still. The verifier is
// of no use afterwards.
//
// The order of the steps counts: twins of epochs are judged by whether anything was changed,
// so after what is missing, altered and unsealed was counted.
func (v *Verifier) Finish() *Report {
	v.seals.checkSeals()
	covered := coverage{inquiry: v.inquiry, seals: v.seals, unproven: v.unproven}
	covered.close()
	v.unproven.closeAltered()
	v.unproven.closeUnsealed()
	if v.Whole {
		covered.countEpochs()
	}
	v.chains.close()
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
