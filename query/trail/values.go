package trail

import (
	"cmp"
	"fmt"
	"slices"
)

// differingValues reports where a key that names conversations has several values in one
// trail.
func (j *joining) differingValues() {
	type at struct {
		root int
		key  string
	}
	first := map[at]map[string]int{}
	var order []at
	for i := range j.nodes {
		for key, values := range j.nodes[i].values {
			a := at{j.root(i), key}
			if first[a] == nil {
				first[a] = map[string]int{}
				order = append(order, a)
			}
			// The first node of each value stands for it.
			for _, v := range values {
				if _, known := first[a][v]; !known {
					first[a][v] = i
				}
			}
		}
	}
	slices.SortFunc(order, func(x, y at) int { return cmp.Or(cmp.Compare(x.root, y.root), cmp.Compare(x.key, y.key)) })
	// Reported and not undone: a stronger rule joined them, and people should see that it did.
	for _, a := range order {
		if len(first[a]) < 2 {
			continue
		}
		var nodes []int
		for _, n := range first[a] {
			nodes = append(nodes, n)
		}
		slices.Sort(nodes)
		j.report(Conflict{Kind: ConflictValue, Rule: a.key, Key: a.key, Joined: true,
			Why: fmt.Sprintf("It has %d values in this trail; a stronger rule joined them.", len(nodes))}, nodes...)
	}
}
