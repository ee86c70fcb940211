package trail

import (
	"cmp"
	"slices"
	"strings"
)

// trails returns the components, newest first.
func (j *joining) trails(edits []Edit) []*Trail {
	byRoot := map[int]*Trail{}
	var all []*Trail
	for i := range j.nodes {
		n := &j.nodes[i]
		root := j.root(i)
		t := byRoot[root]
		if t == nil {
			// Nodes come in the order in which they began, but parts of a session.
			t = &Trail{Confidence: Exact, Started: n.Started.UTC(), Joins: []Join{}, Conflicts: []Conflict{}, Edits: []Edit{}}
			byRoot[root] = t
			all = append(all, t)
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
	j.addJoins(byRoot)
	for c := range j.conflicts {
		var seen []int
		for _, n := range j.about[c] {
			if root := j.root(n); !slices.Contains(seen, root) {
				seen = append(seen, root)
			}
		}
		for _, root := range seen {
			conflict := j.conflicts[c]
			// All nodes of the conflict ended in one trail after all, by another key.
			conflict.Joined = conflict.Joined || len(seen) == 1
			byRoot[root].Conflicts = append(byRoot[root].Conflicts, conflict)
		}
	}
	for _, t := range all {
		slices.SortFunc(t.Members, func(a, b Member) int { return cmp.Or(a.Started.Compare(b.Started), cmp.Compare(a.ID, b.ID)) })
		// By the earliest member, so that the id stays when later sessions join. A member that
		// is found to be earlier changes it; Holds finds the trail by any of its members.
		t.ID = "t-" + t.Members[0].ID
		for _, e := range edits {
			if !t.concerns(e) {
				continue
			}
			t.Edits = append(t.Edits, e)
			if e.Action == Name {
				t.Name = e.Name
			}
		}
	}
	slices.SortFunc(all, func(a, b *Trail) int { return cmp.Or(b.Ended.Compare(a.Ended), cmp.Compare(b.ID, a.ID)) })
	return all
}

// addJoins gives each trail its joins, and the confidence of the weakest that it
// needs: of what was joined before, nothing more is needed.
func (j *joining) addJoins(byRoot map[int]*Trail) {
	needed := make([]int, len(j.nodes))
	for i := range needed {
		needed[i] = i
	}
	// A second union-find beside the first: joins come strongest first, and one that unites
	// what is united already is not needed for the trail to hold together.
	find := func(i int) int {
		for needed[i] != i {
			i = needed[i]
		}
		return i
	}
	for _, e := range j.joins {
		t := byRoot[j.root(e.a)]
		t.Joins = append(t.Joins, e.Join)
		if a, b := find(e.a), find(e.b); a != b {
			needed[b] = a
			if rank[e.Confidence] > rank[t.Confidence] {
				t.Confidence = e.Confidence
			}
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
