package trail

import (
	"cmp"
	"slices"
)

// Input is what trails are made of. Order does not count.
type Input struct {
	Sessions []Session
	Keys     []Key
	Edits    []Edit
	// Busy are actors with so many sessions at a time that time joins nothing of theirs.
	Busy []string
}

// node is a session or a part of one.
type node struct {
	Member
	session *Session
	// values of the keys that name conversations, by key.
	values map[string][]string
	// actors that were active in it, as [Key.Actor].
	actors []string
}

// edge is a join that a rule proposes.
type edge struct {
	a, b int
	Join
}

// joining is one run of [Rules.Trails].
type joining struct {
	rules *Rules
	nodes []node
	// at has the indexes of the nodes of a session, a member or a part, by its id.
	at map[string][]int
	// parent of each node in the union-find; a root is its own parent and names the
	// component.
	parent []int
	// splits that people made, and by component on which sides of them it has nodes.
	splits []split
	sides  map[int][]side
	// joins that were accepted, in that order.
	joins []edge
	// conflicts, and the nodes that each is about.
	conflicts []Conflict
	about     [][]int
}

// Trails joins the sessions. The same record gives the same trails in whatever
// order its parts come.
func (r *Rules) Trails(in Input) []*Trail {
	j := &joining{rules: r, at: map[string][]int{}}
	edits := standing(in.Edits)
	keys := slices.Clone(in.Keys)
	slices.SortFunc(keys, func(a, b Key) int {
		return cmp.Or(cmp.Compare(a.Session, b.Session), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Value, b.Value),
			cmp.Compare(a.Place, b.Place), cmp.Compare(a.Actor, b.Actor), cmp.Compare(a.FirstSeq, b.FirstSeq))
	})
	// The order of what follows is the order of trust: people, keys by strength, then time,
	// which joins only what no key decided.
	j.makeNodes(in.Sessions, keys)
	j.parent = make([]int, len(j.nodes))
	for i := range j.parent {
		j.parent[i] = i
	}
	edges := j.joinByEdits(edits)
	for i := range r.Keys {
		edges = append(edges, j.joinByKey(&r.Keys[i], keys)...)
	}
	j.accept(edges)
	j.joinByTime(in.Busy)
	j.differingValues()
	return j.trails(edits)
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

// join unites two components, unless a person separated them.
func (j *joining) join(e edge) {
	a, b := j.root(e.a), j.root(e.b)
	if a != b && j.separated(a, b) {
		j.conflict(Conflict{Kind: ConflictApart, Rule: e.Rule, Key: e.Key, Value: e.Value,
			Why: "They share this, and a person said that they do not belong together."}, e.a, e.b)
		return
	}
	j.joins = append(j.joins, e)
	if a != b {
		j.parent[b] = a
		// The component is on all sides that its nodes are on.
		j.sides[a] = append(j.sides[a], j.sides[b]...)
	}
}

// root finds the component of a node, and halves the path on its way.
func (j *joining) root(i int) int {
	for j.parent[i] != i {
		j.parent[i] = j.parent[j.parent[i]]
		i = j.parent[i]
	}
	return i
}

func (j *joining) conflict(c Conflict, nodes ...int) {
	// about keeps all nodes, as the conflict belongs to the trails of all of them.
	const shown = 10
	for _, n := range nodes[:min(shown, len(nodes))] {
		c.Members = append(c.Members, j.nodes[n].ID)
	}
	j.conflicts = append(j.conflicts, c)
	j.about = append(j.about, nodes)
}
