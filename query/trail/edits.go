package trail

import (
	"cmp"
	"slices"
)

// manual is the strength of a person's join, above that of every rule.
const manual = 100

// standing are the edits that were not undone, oldest first.
func standing(edits []Edit) []Edit {
	edits = slices.Clone(edits)
	slices.SortFunc(edits, func(a, b Edit) int { return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ID, b.ID)) })
	undone := map[string]bool{}
	// Newest first, so that an undo that was itself undone has no effect any more.
	for _, e := range slices.Backward(edits) { // an undo can be undone
		if e.Action == Undo && !undone[e.ID] {
			undone[e.Undoes] = true
		}
	}
	return slices.DeleteFunc(edits, func(e Edit) bool { return undone[e.ID] || e.Action == Undo })
}

// joinByEdits proposes the joins that people made, and keeps what they separated. Of a
// split and a merge of the same two the later counts.
func (j *joining) joinByEdits(edits []Edit) (edges []edge) {
	for i, e := range edits {
		switch e.Action {
		case Merge:
			nodes := j.find(e.Members)
			// All to the first: whatever a person named belongs together, whatever lies between.
			for n := 1; n < len(nodes); n++ {
				edges = append(edges, edge{nodes[0], nodes[n], Join{A: j.nodes[nodes[0]].ID, B: j.nodes[nodes[n]].ID, Rule: "manual",
					Confidence: Reported, Strength: manual, Why: "Joined by " + e.Who + reason(e.Why)}})
			}
		case Split:
			// The person who merged later has seen the split.
			if merged(edits[i+1:], e) {
				continue
			}
			j.separate(j.find(e.Members), j.find(e.Others))
		}
	}
	return edges
}

// reason ends the sentence with what the person gave as a reason.
func reason(why string) string {
	if why == "" {
		return "."
	}
	return ": " + why
}

// merged reports whether one of the later edits joins what the split separates.
func merged(later []Edit, s Edit) bool {
	return slices.ContainsFunc(later, func(e Edit) bool {
		in := func(id string) bool { return slices.Contains(e.Members, id) }
		return e.Action == Merge && slices.ContainsFunc(s.Members, in) && slices.ContainsFunc(s.Others, in)
	})
}
