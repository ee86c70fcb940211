package trail

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Record is what trails are made of.
type Record struct {
	Sessions []Session
	Keys     []Key
	Edits    []Edit
	// Busy are holders with so many sessions at a time that time tells nothing.
	Busy []string
}

// node is a session or a part of one.
type node struct {
	Member
	session *Session
	// values of the keys that name conversations, by key.
	values map[string][]string
	// holders that were active in it.
	holders []string
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
	// at finds the nodes of a session, of a member or of a part.
	at map[string][]int
	// parent of the union-find.
	parent    []int
	splits    []split
	sides     map[int][]side
	joins     []edge
	conflicts []Conflict
	about     [][]int
}

// Trails joins the sessions. The same record gives the same trails in whatever
// order its parts come.
func (r *Rules) Trails(record Record) []*Trail {
	j := &joining{rules: r, at: map[string][]int{}}
	edits := standing(record.Edits)
	keys := slices.Clone(record.Keys)
	slices.SortFunc(keys, func(a, b Key) int {
		return cmp.Or(cmp.Compare(a.Session, b.Session), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Value, b.Value),
			cmp.Compare(a.Place, b.Place), cmp.Compare(a.Holder, b.Holder), cmp.Compare(a.FirstSeq, b.FirstSeq))
	})
	j.makeNodes(record.Sessions, keys)
	j.parent = make([]int, len(j.nodes))
	for i := range j.parent {
		j.parent[i] = i
	}
	edges := j.byHand(edits)
	for i := range r.Keys {
		edges = append(edges, j.byKey(&r.Keys[i], keys)...)
	}
	j.take(edges)
	j.byTime(record.Busy)
	j.disagreements()
	return j.trails(edits)
}

// take accepts edges, strongest first.
func (j *joining) take(edges []edge) {
	slices.SortStableFunc(edges, func(x, y edge) int {
		return cmp.Or(cmp.Compare(y.Strength, x.Strength), j.nodes[x.a].Started.Compare(j.nodes[y.a].Started),
			cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B))
	})
	for _, e := range edges {
		j.join(e)
	}
}

// join unites what an edge joins, unless a person said otherwise.
func (j *joining) join(e edge) {
	a, b := j.root(e.a), j.root(e.b)
	if a != b && j.apart(a, b) {
		j.conflict(Conflict{Kind: ConflictApart, Rule: e.Rule, Key: e.Key, Value: e.Value,
			Why: "They share this, and a person said that they do not belong together."}, e.a, e.b)
		return
	}
	j.joins = append(j.joins, e)
	if a != b {
		j.parent[b] = a
		j.sides[a] = append(j.sides[a], j.sides[b]...)
	}
}

func (j *joining) root(i int) int {
	for j.parent[i] != i {
		j.parent[i] = j.parent[j.parent[i]]
		i = j.parent[i]
	}
	return i
}

func (j *joining) conflict(c Conflict, nodes ...int) {
	const shown = 10
	for _, n := range nodes[:min(shown, len(nodes))] {
		c.Members = append(c.Members, j.nodes[n].ID)
	}
	j.conflicts = append(j.conflicts, c)
	j.about = append(j.about, nodes)
}

// makeNodes makes one node of a session, or several where it holds conversations of
// different names. The strongest key that it carries decides.
func (j *joining) makeNodes(sessions []Session, keys []Key) {
	ofSession := map[string][]Key{}
	for _, k := range keys {
		ofSession[k.Session] = append(ofSession[k.Session], k)
	}
	sessions = slices.Clone(sessions)
	slices.SortFunc(sessions, func(a, b Session) int { return cmp.Or(a.Started.Compare(b.Started), cmp.Compare(a.ID, b.ID)) })
	for i := range sessions {
		s := &sessions[i]
		whole := node{Member: Member{ID: s.ID, SessionID: s.ID, Started: s.Started, Ended: s.Ended}, session: s, values: map[string][]string{}}
		for _, k := range ofSession[s.ID] {
			if k.Name == AgentKey && !slices.Contains(whole.holders, k.Holder) {
				whole.holders = append(whole.holders, k.Holder)
			}
		}
		name, parts := j.partsOf(ofSession[s.ID])
		if len(parts) == 1 {
			for _, k := range ofSession[s.ID] {
				if rule := j.rules.key(k.Name); rule != nil && rule.Splits && !slices.Contains(whole.values[k.Name], k.Value) {
					whole.values[k.Name] = append(whole.values[k.Name], k.Value)
				}
			}
		}
		if len(parts) < 2 {
			j.add(whole)
			continue
		}
		for _, p := range parts {
			n := whole
			n.ID, n.Part = partID(s.ID, name, p.value), &Part{name, p.value}
			n.Started, n.Ended, n.values = p.first, p.last, map[string][]string{name: {p.value}}
			j.add(n)
		}
	}
	for i := range j.nodes {
		n := &j.nodes[i]
		j.at[n.SessionID] = append(j.at[n.SessionID], i)
		if n.ID != n.SessionID {
			j.at[n.ID] = append(j.at[n.ID], i)
		}
	}
}

func (j *joining) add(n node) { j.nodes = append(j.nodes, n) }

// conversation is a part of a session while it is looked for.
type conversation struct {
	value       string
	first, last time.Time
}

// partsOf returns the values of the strongest key of conversations in a session.
func (j *joining) partsOf(keys []Key) (name string, parts []conversation) {
	for i := range j.rules.Keys {
		rule := &j.rules.Keys[i]
		if !rule.Splits {
			continue
		}
		for _, k := range keys {
			if k.Name != rule.Key {
				continue
			}
			at := slices.IndexFunc(parts, func(c conversation) bool { return c.value == k.Value })
			if at < 0 {
				parts = append(parts, conversation{k.Value, k.First, k.Last})
				continue
			}
			if k.First.Before(parts[at].first) {
				parts[at].first = k.First
			}
			if k.Last.After(parts[at].last) {
				parts[at].last = k.Last
			}
		}
		if len(parts) > 0 {
			slices.SortFunc(parts, func(a, b conversation) int { return cmp.Or(a.first.Compare(b.first), cmp.Compare(a.value, b.value)) })
			return rule.Key, parts
		}
	}
	return "", nil
}

func (r *Rules) key(name string) *KeyRule {
	for i := range r.Keys {
		if r.Keys[i].Key == name {
			return &r.Keys[i]
		}
	}
	return nil
}

// carrier is a node that carries a value, and where.
type carrier struct {
	node int
	key  Key
}

// byKey proposes to join the nodes that carry one value for one holder.
func (j *joining) byKey(rule *KeyRule, keys []Key) (edges []edge) {
	type group struct{ value, holder, upstream string }
	groups := map[group][]carrier{}
	holders := map[string][]string{}
	for _, k := range keys {
		if k.Name != rule.Key || k.Value == "" {
			continue
		}
		at := j.carries(rule, k)
		if at < 0 {
			continue
		}
		g := group{value: k.Value, holder: k.Holder}
		if rule.Scope == ScopeServer {
			g.upstream = j.nodes[at].session.Upstream
		}
		if list := groups[g]; len(list) == 0 || list[len(list)-1].node != at {
			groups[g] = append(list, carrier{at, k})
		}
		if !slices.Contains(holders[k.Value], k.Holder) {
			holders[k.Value] = append(holders[k.Value], k.Holder)
		}
	}
	order := make([]group, 0, len(groups))
	for g := range groups {
		order = append(order, g)
	}
	slices.SortFunc(order, func(a, b group) int {
		return cmp.Or(cmp.Compare(a.value, b.value), cmp.Compare(a.holder, b.holder), cmp.Compare(a.upstream, b.upstream))
	})
	strangers := map[string][]int{}
	for _, g := range order {
		list := groups[g]
		slices.SortStableFunc(list, func(a, b carrier) int { return cmp.Compare(a.node, b.node) })
		if len(holders[g.value]) > 1 {
			strangers[g.value] = append(strangers[g.value], list[0].node)
		}
		if len(list) > rule.Most {
			nodes := make([]int, len(list))
			for i := range list {
				nodes[i] = list[i].node
			}
			j.conflict(Conflict{Kind: ConflictCommon, Rule: rule.Key, Key: rule.Key, Value: g.value,
				Why: fmt.Sprintf("%d sessions carry it, more than the %d that it can join.", len(list), rule.Most)}, nodes...)
			continue
		}
		for i := 1; i < len(list); i++ {
			for before := i - 1; before >= 0; before-- {
				edges = append(edges, j.keyEdge(rule, list[before], list[i]))
				if !j.apart(list[before].node, list[i].node) {
					break // else a person parted the two, but not those before them
				}
			}
		}
	}
	for _, g := range order {
		if nodes := strangers[g.value]; len(nodes) > 1 {
			j.conflict(Conflict{Kind: ConflictPrincipal, Rule: rule.Key, Key: rule.Key, Value: g.value,
				Why: "Different principals carry it. A client can choose it, so it joins only what one principal did."}, nodes...)
			delete(strangers, g.value)
		}
	}
	return edges
}

// carries returns the node of a session that a key belongs to, -1 where a session in
// parts does not tell.
func (j *joining) carries(rule *KeyRule, k Key) int {
	at := j.at[k.Session]
	if len(at) == 1 {
		return at[0]
	}
	for _, n := range at {
		if p := j.nodes[n].Part; p.Key == rule.Key && p.Value == k.Value {
			return n
		}
	}
	return -1
}

func (j *joining) keyEdge(rule *KeyRule, a, b carrier) edge {
	evidence := func(k Key) *Evidence {
		return &Evidence{SessionID: k.Session, Seq: k.FirstSeq, Time: k.First.UTC(), Place: k.Place}
	}
	what := "one principal"
	if strings.HasPrefix(a.key.Holder, "@") {
		what = "one address without a credential"
	} else if a.key.Holder == "" {
		what = "nobody known"
	}
	if rule.Scope == ScopeServer {
		what += " at one server"
	}
	return edge{a.node, b.node, Join{A: j.nodes[a.node].ID, B: j.nodes[b.node].ID, Rule: rule.Key, Confidence: rule.Confidence,
		Strength: rule.Strength, Key: rule.Key, Value: a.key.Value, Holder: a.key.Holder, EvidenceA: evidence(a.key), EvidenceB: evidence(b.key),
		Why: fmt.Sprintf("Both carry the same %s, for %s.", rule.Key, what)}}
}
