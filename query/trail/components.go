package trail

import "slices"

// components answers which nodes are together, and which a person keeps apart. Nodes are
// named by their index in [members].
//
// It is a union-find: unite and root cost close to nothing, however many nodes there are,
// but nothing can be parted again. So splits must be known before the first unite.
type components struct {
	// parent of each node; a root is its own parent and names the component.
	parent []int
	// splits is how many splits were made; side.split counts from 0 below it.
	splits int
	// sides has, by root, on which sides of splits a component has nodes. What a person named
	// on both sides of one split is on both.
	sides map[int][]side
}

// side says on which side of a split a component has a node.
type side struct {
	split int
	other bool
}

// newComponents makes each of n nodes a component of its own.
func newComponents(n int) *components {
	c := &components{parent: make([]int, n), sides: map[int][]side{}}
	for i := range c.parent {
		c.parent[i] = i
	}
	return c
}

// root finds the component of a node, and halves the path on its way.
func (c *components) root(i int) int {
	for c.parent[i] != i {
		c.parent[i] = c.parent[c.parent[i]]
		i = c.parent[i]
	}
	return i
}

// unite makes one component of those of a and b. The root of a stays one, so the caller's
// order of joins decides it, and not the size: the same input gives the same roots.
func (c *components) unite(a, b int) {
	if a, b = c.root(a), c.root(b); a != b {
		c.parent[b] = a
		// The component is on all sides that its nodes are on.
		c.sides[a] = append(c.sides[a], c.sides[b]...)
	}
}

// separate keeps two sets of nodes apart. Either may be empty, where a person named what is
// not among the nodes; the split is then without effect.
func (c *components) separate(one, others []int) {
	for _, n := range one {
		c.sides[c.root(n)] = append(c.sides[c.root(n)], side{c.splits, false})
	}
	for _, n := range others {
		c.sides[c.root(n)] = append(c.sides[c.root(n)], side{c.splits, true})
	}
	c.splits++
}

// separated reports whether the components of a and b are on different sides of a split.
func (c *components) separated(a, b int) bool {
	for _, x := range c.sides[c.root(a)] {
		if slices.Contains(c.sides[c.root(b)], side{x.split, !x.other}) {
			return true
		}
	}
	return false
}
