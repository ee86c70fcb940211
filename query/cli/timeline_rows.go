package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/schema"
)

// depths are how far below its cause an operation stands.
// One whose cause is not among them stands at the left, as a cause itself.
func depths(operations []query.Operation) map[string]int {
	depth := map[string]int{}
	for i := range operations { // operations are in the order of their requests: a cause comes first
		if op := &operations[i]; op.Parent != nil {
			depth[op.ID] = depth[*op.Parent] + 1
		}
	}
	return depth
}

// timelineRows merges operations, facts and gaps by their seq. All three lists are in
// that order already; an operation stands at its first request. Open facts are not shown:
// the header has what they say.
// A gap stands at the first number that it covers.
func timelineRows(t *query.Timeline) [][]cell {
	depth := depths(t.Operations)
	var rows [][]cell
	facts, gaps := t.Facts, t.Gaps
	// before adds the facts and gaps that stand before seq, or all that are left.
	before := func(seq uint64, all bool) {
		for {
			fact := len(facts) > 0 && (all || facts[0].Seq < seq)
			gap := len(gaps) > 0 && (all || gaps[0].FromSeq < seq)
			switch {
			// Both are consumed in the order of their numbers, so each row is looked at once.
			case gap && (!fact || gaps[0].FromSeq < facts[0].Seq):
				rows = append(rows, gapRow(gaps[0]))
				gaps = gaps[1:]
			case fact:
				if facts[0].Kind != schema.KindOpen {
					rows = append(rows, factRow(t.Session, facts[0]))
				}
				facts = facts[1:]
			default:
				return
			}
		}
	}
	for _, op := range t.Operations {
		before(op.Seq, false)
		rows = append(rows, operationRow(t.Session, op, depth[op.ID]))
	}
	before(0, true)
	return rows
}

// operationRow is one operation in [timelineColumns]. Recorded text passes through
// printable, notes included: flags and scopes come from servers.
func operationRow(s query.Session, op query.Operation, depth int) []cell {
	// A server decides how deep its requests nest; eight steps fit a terminal.
	what := strings.Repeat("  ", min(depth, 8)) + arrow(op.Direction) + " " + printable(op.Method)
	if op.Target != "" {
		what += " " + printable(op.Target)
	}
	var notes []string
	if op.Rounds > 1 {
		notes = append(notes, fmt.Sprint(op.Rounds, " rounds"))
	}
	if n := len(op.NotificationSeqs); n > 0 {
		notes = append(notes, count(uint64(n), "notification"))
	}
	if n := len(op.ReplaySeqs); n > 0 {
		notes = append(notes, count(uint64(n), "replay"))
	}
	if op.Scopes.Decision != nil && *op.Scopes.Decision == query.Denied {
		notes = append(notes, "needs scope "+strings.Join(op.Scopes.Required, " "))
	}
	notes = append(notes, story(&op)...)
	// Replays are counted above.
	for _, flag := range op.Flags {
		if flag != "replay" {
			notes = append(notes, flag)
		}
	}
	notes = append(notes, cuts(op.Redactions)...)
	if len(notes) > 0 {
		what += "  (" + printable(strings.Join(notes, ", ")) + ")"
	}
	return []cell{{fmt.Sprint(op.Seq), dim}, {at(s, op.Started), plain}, {ms(op.DurationMS), plain}, {what, plain}, outcome(op.Outcome, op.ErrorCode)}
}

// factRow is one fact, or a run of like ones with their number.
// Where one row stands for several, its place and time are those of the first.
func factRow(s query.Session, f query.Fact) []cell {
	what := arrow(f.Direction) + " " + string(f.Kind)
	if f.Kind == schema.KindNotification {
		what = arrow(f.Direction) + " " + f.Method
	} else if f.Method != "" {
		what += " " + f.Method
	}
	for _, more := range []string{f.Target, f.Detail} {
		if more != "" {
			what += " " + more
		}
	}
	if n := len(f.Seqs); n > 1 {
		what += fmt.Sprintf(" ×%d", n)
	}
	if notes := append(slices.Clone(f.Flags), cuts(f.Redactions)...); len(notes) > 0 {
		what += "  (" + strings.Join(notes, ", ") + ")"
	}
	end := outcome(f.Outcome, nil)
	// A fact of HTTP alone, such as a refused request, has a status and no outcome.
	if end.text == "" && f.HTTPStatus > 0 {
		end = cell{fmt.Sprint("HTTP ", f.HTTPStatus), dim}
	}
	return []cell{{fmt.Sprint(f.Seq), dim}, {at(s, f.Time), dim}, {}, {printable(what), dim}, end}
}

// cuts says what redaction took out, rule by rule.
func cuts(all query.Cuts) (notes []string) {
	for _, c := range all {
		note := fmt.Sprintf("%s cut, %d bytes", c.Rule, c.Length)
		if reason, withheld := strings.CutPrefix(c.Rule, "withheld-"); withheld {
			note = fmt.Sprintf("%d bytes withheld by %s", c.Length, reason)
		}
		if c.Count > 1 {
			note = fmt.Sprintf("%d× %s", c.Count, note)
		}
		notes = append(notes, note)
	}
	return notes
}

// gapRow stands where what was not recorded is missing.
func gapRow(g query.Gap) []cell {
	what := fmt.Sprintf("── %s not recorded: %s ──", count(g.Count, "message"), g.Reason)
	if g.Bytes > 0 {
		what = fmt.Sprintf("── %s (%d bytes) not recorded: %s ──", count(g.Count, "message"), g.Bytes, g.Reason)
	}
	return []cell{{fmt.Sprint(g.FromSeq), yellow}, {}, {}, {printable(what), yellow}, {}}
}
