package compare

import (
	"encoding/json"
	"math"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/schema"
)

// Pair is an operation of one run and the one in its place in another.
type Pair struct {
	// A and B are indexes into the operations compared; -1 where there is none.
	A, B int
	// Differences of the two; nil or empty where they are alike or one is missing. Changes
	// of arguments are not filled in: operations have no bodies.
	Differences []query.Difference
}

// MaxCompared bounds the operations of a run that are compared. [Align] takes memory and
// time by the product of both lengths.
const MaxCompared = 2000

// Align pairs the operations of two runs, in order. An operation is paired rather with one
// for the same thing with the same arguments than with one for the same thing alone. The
// common beginning and end are paired first, so that only the middle takes the product.
func Align(a, b []query.Operation) []Pair {
	a, b = a[:min(len(a), MaxCompared)], b[:min(len(b), MaxCompared)]
	first := 0
	for first < len(a) && first < len(b) && likeness(&a[first], &b[first]) == identical {
		first++
	}
	// Most runs of one agent begin and end alike, which makes the product small.
	endA, endB := len(a), len(b)
	for endA > first && endB > first && likeness(&a[endA-1], &b[endB-1]) == identical {
		endA, endB = endA-1, endB-1
	}
	pairs := make([]Pair, 0, max(len(a), len(b)))
	for i := range first {
		pairs = append(pairs, pair(a, b, i, i))
	}
	for _, p := range align(a[first:endA], b[first:endB]) {
		if p.A >= 0 {
			p.A += first
		}
		if p.B >= 0 {
			p.B += first
		}
		pairs = append(pairs, pair(a, b, p.A, p.B))
	}
	// The common end has the same length in both.
	for i := endA; i < len(a); i++ {
		pairs = append(pairs, pair(a, b, i, endB+i-endA))
	}
	return pairs
}

// identical is the likeness of two requests for the same thing with the same arguments.
const identical = 3

// likeness of two operations, 0 where they must not be paired.
func likeness(a, b *query.Operation) int32 {
	switch {
	case a.Method != b.Method || a.Direction != b.Direction || a.Target != b.Target:
		return 0
	case a.Arguments == b.Arguments:
		return identical
	}
	return identical - 1
}

// align finds the alignment with the greatest sum of likenesses, by dynamic programming:
// best[i, j] is that sum for what follows from a[i] and b[j] on.
func align(a, b []query.Operation) (pairs []Pair) {
	width := len(b) + 1
	// With both at MaxCompared this is 16 MB, and the only thing here that grows.
	best := make([]int32, (len(a)+1)*width)
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			score := max(best[(i+1)*width+j], best[i*width+j+1])
			if like := likeness(&a[i], &b[j]); like > 0 {
				score = max(score, like+best[(i+1)*width+j+1])
			}
			best[i*width+j] = score
		}
	}
	// Forwards along the best sums. A pair is preferred to a gap, and a gap in b to one in a, so
	// that of several best alignments always the same is shown: what is gone before what is new.
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		like := likeness(&a[i], &b[j])
		switch score := best[i*width+j]; {
		case like > 0 && score == like+best[(i+1)*width+j+1]:
			pairs = append(pairs, Pair{A: i, B: j})
			i, j = i+1, j+1
		case score == best[(i+1)*width+j]:
			pairs = append(pairs, Pair{A: i, B: -1})
			i++
		default:
			pairs = append(pairs, Pair{A: -1, B: j})
			j++
		}
	}
	for ; i < len(a); i++ {
		pairs = append(pairs, Pair{A: i, B: -1})
	}
	for ; j < len(b); j++ {
		pairs = append(pairs, Pair{A: -1, B: j})
	}
	return pairs
}

// pair compares two operations; a negative index is none.
func pair(a, b []query.Operation, i, j int) Pair {
	p := Pair{A: i, B: j, Differences: []query.Difference{}}
	if i < 0 || j < 0 {
		return p
	}
	x, y := &a[i], &b[j]
	differ := func(what string, same bool, before, after any) {
		if !same {
			p.Differences = append(p.Differences, query.Difference{What: what, Before: jsonOf(before), After: jsonOf(after), Changes: []query.Change{}})
		}
	}
	differ(query.DiffersArguments, x.Arguments == y.Arguments, x.Arguments, y.Arguments)
	differ(query.DiffersOutcome, x.Outcome == y.Outcome && number(x.ErrorCode) == number(y.ErrorCode), outcomeText(x), outcomeText(y))
	differ(query.DiffersDefinition, definitionOf(x) == definitionOf(y), x.Definition, y.Definition)
	differ(query.DiffersRounds, x.Rounds == y.Rounds, x.Rounds, y.Rounds)
	differ(query.DiffersApproval, approvalsOf(x) == approvalsOf(y), approvalsOf(x), approvalsOf(y))
	// An operation without an answer has no duration to compare; that shows in the outcome.
	if x.DurationMS != nil && y.DurationMS != nil {
		short, long := min(*x.DurationMS, *y.DurationMS), max(*x.DurationMS, *y.DurationMS)
		// Twice as long and 100 ms more: less than that is the noise of a network.
		differ(query.DiffersTiming, long <= 2*short || long-short < 100, math.Round(*x.DurationMS*1000)/1000, math.Round(*y.DurationMS*1000)/1000)
	}
	return p
}

// jsonOf is a value for a document.
func jsonOf(v any) json.RawMessage {
	b, _ := json.Marshal(v) // texts and numbers
	return b
}

// number is an error code, 0 for none.
func number(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

// outcomeText is the outcome as the difference shows it, with the code where there is one.
func outcomeText(op *query.Operation) any {
	if op.ErrorCode == nil {
		return op.Outcome
	}
	return struct {
		Outcome schema.Outcome `json:"outcome"`
		Code    int64          `json:"code"`
	}{op.Outcome, *op.ErrorCode}
}

// definitionOf is the address of the definition that was held, empty where it is not known.
func definitionOf(op *query.Operation) string {
	if op.Definition == nil {
		return ""
	}
	return *op.Definition
}

// approvalsOf is what people decided, in order; who asked and where is no difference.
func approvalsOf(op *query.Operation) (text string) {
	for _, a := range op.Approvals {
		text += a.Action + " "
	}
	return text
}
