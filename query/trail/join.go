package trail

import (
	"cmp"
	"slices"
)

// edge is a join that a rule proposes.
type edge struct {
	a, b int
	Join
}

// joining is what one run of [Rules.Trails] has decided so far.
type joining struct {
	*members
	*components
	// joins that were accepted, in that order.
	joins     []edge
	conflicts []conflict
}

// accept joins what edges propose, the strongest first. The whole order is fixed, so that
// the same input gives the same trails.
func (j *joining) accept(edges []edge) {
	slices.SortStableFunc(edges, func(x, y edge) int {
		return cmp.Or(cmp.Compare(y.Strength, x.Strength), j.nodes[x.a].Started.Compare(j.nodes[y.a].Started),
			cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B))
	})
	for _, e := range edges {
		j.join(e)
	}
}

// join unites two components, unless a person separated them. A join within one component
// is kept too: a trail lists all its reasons, also those that it does not need.
func (j *joining) join(e edge) {
	if j.root(e.a) != j.root(e.b) && j.separated(e.a, e.b) {
		j.report(Conflict{Kind: ConflictApart, Rule: e.Rule, Key: e.Key, Value: e.Value,
			Why: "They share this, and a person said that they do not belong together."}, e.a, e.b)
		return
	}
	j.joins = append(j.joins, e)
	j.unite(e.a, e.b)
}

// report adds a conflict about nodes.
func (j *joining) report(c Conflict, nodes ...int) {
	j.conflicts = append(j.conflicts, j.conflict(c, nodes...))
}

// joinedBy are the keys by which components were joined, by root.
func (j *joining) joinedBy() map[int]map[string]bool {
	by := map[int]map[string]bool{}
	for i := range j.joins {
		e := &j.joins[i]
		if e.Key == "" {
			continue
		}
		root := j.root(e.a)
		if by[root] == nil {
			by[root] = map[string]bool{}
		}
		by[root][e.Key] = true
	}
	return by
}
