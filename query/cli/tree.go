package cli

import (
	"fmt"
	"strings"

	"github.com/mcptrail/mcptrail/query"
)

// printTree prints operations below what caused them.
// Operations are in the order of their requests, and so are the children of each.
func printTree(screen *Screen, operations []query.Operation) {
	children := map[string][]*query.Operation{}
	known := map[string]bool{}
	var roots []*query.Operation
	for i := range operations {
		op := &operations[i]
		known[op.ID] = true
		// A parent that does not come before it, or is not among the operations at all, makes a
		// root: an operation is never dropped because its cause is missing, and no cycle is walked.
		if op.Parent != nil && known[*op.Parent] {
			children[*op.Parent] = append(children[*op.Parent], op)
		} else {
			roots = append(roots, op)
		}
	}
	// Each operation has one parent that comes before it, so the recursion ends.
	for _, op := range roots {
		printBranch(screen, op, children, "", "")
	}
}

// maxDepth bounds what is indented; a hostile record can nest for ever.
const maxDepth = 32

// printBranch prints an operation and all below it. first is what stands before its own
// line, rest before those below it.
func printBranch(screen *Screen, op *query.Operation, children map[string][]*query.Operation, first, rest string) {
	end := outcome(op.Outcome, op.ErrorCode)
	line := arrow(op.Direction) + " " + printable(strings.TrimSpace(op.Method+" "+op.Target)) + "  " + screen.paint(end.text, end.colour)
	if took := ms(op.DurationMS); took != "" {
		line += "  " + screen.paint(took, dim)
	}
	if notes := append(story(op), op.Flags...); len(notes) > 0 {
		line += "  (" + printable(strings.Join(notes, ", ")) + ")"
	}
	fmt.Fprintf(screen, "%s%s %s\n", first, screen.paint(fmt.Sprint(op.Seq), dim), line)
	below := children[op.ID]
	// Counted in bytes of the prefix, of which the one below a last child has fewer: such a chain
	// goes somewhat deeper.
	if len(below) > 0 && len(rest)/len("│  ") >= maxDepth {
		fmt.Fprintf(screen, "%s└─ … more lies below; without --tree all of it is listed\n", rest)
		return
	}
	for i, child := range below {
		if i == len(below)-1 {
			printBranch(screen, child, children, rest+"└─ ", rest+"   ")
		} else {
			printBranch(screen, child, children, rest+"├─ ", rest+"│  ")
		}
	}
}

// story is what is to be said of an operation besides its outcome: who approved it,
// what became of it, by what definition it was made.
// It is recorded text in part: the caller passes it through printable.
func story(op *query.Operation) (notes []string) {
	for _, a := range op.Approvals {
		notes = append(notes, fmt.Sprintf("%s: %s in a %s", a.By, a.Action, a.Mode))
	}
	if op.Task != nil {
		notes = append(notes, "task "+op.Task.Status)
	}
	if op.Embedded != nil {
		notes = append(notes, "in event "+fmt.Sprint(op.Embedded.AskedIn))
	}
	if op.RetryOf != nil {
		notes = append(notes, "again, after "+(*op.RetryOf)[strings.LastIndexByte(*op.RetryOf, ':')+1:])
	}
	if h := op.Held; h != nil {
		switch h.Seen {
		case query.SeenUnlisted:
			notes = append(notes, "in no list that the agent was shown")
		case query.SeenTrail, query.SeenAgent:
			notes = append(notes, "by a definition of an earlier session")
		}
		for _, flag := range h.Flags {
			notes = append(notes, "definition "+flag)
		}
	}
	return notes
}
