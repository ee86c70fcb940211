package trail

import (
	"cmp"
	"slices"
	"strings"
)

// assembly makes trails of components.
type assembly struct {
	*joining
	// byRoot has the trail of each component, all the same ones in the order of their first
	// nodes.
	byRoot map[int]*Trail
	all    []*Trail
}

// assemble returns the components as trails, newest first.
func assemble(j *joining, edits []Edit) []*Trail {
	a := &assembly{joining: j, byRoot: map[int]*Trail{}}
	a.addMembers()
	a.addJoins()
	a.addConflicts()
	for _, t := range a.all {
		t.finish(edits)
	}
	slices.SortFunc(a.all, func(a, b *Trail) int { return cmp.Or(b.Ended.Compare(a.Ended), cmp.Compare(b.ID, a.ID)) })
	return a.all
}

// addMembers gives each node to the trail of its component, which spans all of them.
func (a *assembly) addMembers() {
	for i := range a.nodes {
		n := &a.nodes[i]
		root := a.root(i)
		t := a.byRoot[root]
		if t == nil {
			// Nodes come in the order in which they began, but parts of a session.
			t = &Trail{Confidence: Exact, Started: n.Started.UTC(), Joins: []Join{}, Conflicts: []Conflict{}, Edits: []Edit{}}
			a.byRoot[root] = t
			a.all = append(a.all, t)
		}
		n.Started, n.Ended = n.Started.UTC(), n.Ended.UTC()
		t.Members = append(t.Members, n.Member)
		if n.Started.Before(t.Started) {
			t.Started = n.Started
		}
		if n.Ended.After(t.Ended) {
			t.Ended = n.Ended
		}
	}
}

// addConflicts gives a conflict to each trail that has a node which it is about.
func (a *assembly) addConflicts() {
	for _, c := range a.conflicts {
		var seen []int
		for _, n := range c.about {
			if root := a.root(n); !slices.Contains(seen, root) {
				seen = append(seen, root)
			}
		}
		for _, root := range seen {
			shown := c.Conflict
			// All nodes of the conflict ended in one trail after all, by another key.
			shown.Joined = shown.Joined || len(seen) == 1
			a.byRoot[root].Conflicts = append(a.byRoot[root].Conflicts, shown)
		}
	}
}

// addJoins gives each trail its joins, and the confidence of the weakest that it
// needs: of what was joined before, nothing more is needed.
func (a *assembly) addJoins() {
	// A second union-find beside the first: joins come strongest first, and one that unites
	// what is united already is not needed for the trail to hold together.
	needed := newComponents(len(a.nodes))
	for _, e := range a.joins {
		t := a.byRoot[a.root(e.a)]
		t.Joins = append(t.Joins, e.Join)
		if needed.root(e.a) != needed.root(e.b) {
			needed.unite(e.a, e.b)
			if rank[e.Confidence] > rank[t.Confidence] {
				t.Confidence = e.Confidence
			}
		}
	}
}

// finish orders the members, and gives the trail its id, its edits and its name.
func (t *Trail) finish(edits []Edit) {
	slices.SortFunc(t.Members, func(a, b Member) int { return cmp.Or(a.Started.Compare(b.Started), cmp.Compare(a.ID, b.ID)) })
	// By the earliest member, so that the id stays when later sessions join. A member that
	// is found to be earlier changes it; Holds finds the trail by any of its members.
	t.ID = "t-" + t.Members[0].ID
	for _, e := range edits {
		if !t.concerns(e) {
			continue
		}
		t.Edits = append(t.Edits, e)
		if e.Action == Name { // edits are oldest first, so the last name holds
			t.Name = e.Name
		}
	}
}

// concerns reports whether an edit names a member of the trail.
func (t *Trail) concerns(e Edit) bool {
	return slices.ContainsFunc(t.Members, func(m Member) bool {
		is := func(id string) bool { return id == m.ID || id == m.SessionID }
		return slices.ContainsFunc(e.Members, is) || e.Action == Split && slices.ContainsFunc(e.Others, is)
	})
}

// Holds reports whether a session, a part of one or the trail itself goes by the id.
func (t *Trail) Holds(id string) bool {
	id = strings.TrimPrefix(id, "t-")
	return slices.ContainsFunc(t.Members, func(m Member) bool { return m.ID == id || m.SessionID == id })
}

// Sessions are the ids of its sessions, each once, in their order.
func (t *Trail) Sessions() (ids []string) {
	for _, m := range t.Members {
		if !slices.Contains(ids, m.SessionID) {
			ids = append(ids, m.SessionID)
		}
	}
	return ids
}
