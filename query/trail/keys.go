package trail

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// carrier is a node that carries a value, and where.
type carrier struct {
	node int
	key  Key
}

// keyJoins answers what one key proposes to join. It decides nothing: what it proposes is
// accepted beside what other keys propose, by strength.
type keyJoins struct {
	rule       *KeyRule
	members    *members
	components *components
}

// propose joins the nodes in which one actor carries one value of the key, and says where
// the key is no evidence.
func (j *keyJoins) propose(keys []Key) (edges []edge, conflicts []conflict) {
	rule := j.rule
	groups, actors := j.carriers(keys)
	order := slices.SortedFunc(maps.Keys(groups), func(a, b carried) int {
		return cmp.Or(cmp.Compare(a.value, b.value), cmp.Compare(a.actor, b.actor), cmp.Compare(a.upstream, b.upstream))
	})
	others := map[string][]int{}
	for _, g := range order {
		list := groups[g]
		slices.SortStableFunc(list, func(a, b carrier) int { return cmp.Compare(a.node, b.node) })
		// One node of each group is enough to name the conflict.
		if len(actors[g.value]) > 1 {
			others[g.value] = append(others[g.value], list[0].node)
		}
		// A value that hundreds of sessions carry is a constant and no conversation.
		if len(list) > rule.Most {
			conflicts = append(conflicts, j.tooCommon(g.value, list))
			continue
		}
		// A chain and not all pairs: n-1 joins say as much as their square.
		for i := 1; i < len(list); i++ {
			for before := i - 1; before >= 0; before-- {
				edges = append(edges, j.edge(list[before], list[i]))
				if !j.components.separated(list[before].node, list[i].node) {
					break // else a person separated the two, but not those before them
				}
			}
		}
	}
	for _, g := range order {
		if nodes := others[g.value]; len(nodes) > 1 {
			conflicts = append(conflicts, j.members.conflict(Conflict{Kind: ConflictPrincipal, Rule: rule.Key, Key: rule.Key, Value: g.value,
				Why: "Different principals carry it. A client can choose it, so it joins only what one principal did."}, nodes...))
			// Reported once for each value, although it stands in several groups.
			delete(others, g.value)
		}
	}
	return edges, conflicts
}

// carried is what nodes must share to be joined by a key: its value and actor, and
// within [ScopeServer] the upstream.
type carried struct{ value, actor, upstream string }

// carriers groups the nodes that carry a key, each once, and lists the actors of each
// value. Keys come in the order of their sessions.
func (j *keyJoins) carriers(keys []Key) (map[carried][]carrier, map[string][]string) {
	groups := map[carried][]carrier{}
	actors := map[string][]string{}
	for _, k := range keys {
		if k.Name != j.rule.Key || k.Value == "" {
			continue
		}
		at := j.members.carrierOf(j.rule, k)
		if at < 0 {
			continue
		}
		g := carried{value: k.Value, actor: k.Actor}
		if j.rule.Scope == ScopeServer {
			g.upstream = j.members.nodes[at].session.Upstream
		}
		// Keys come by session, so repeats of a node are neighbours.
		if list := groups[g]; len(list) == 0 || list[len(list)-1].node != at {
			groups[g] = append(list, carrier{at, k})
		}
		if !slices.Contains(actors[k.Value], k.Actor) {
			actors[k.Value] = append(actors[k.Value], k.Actor)
		}
	}
	return groups, actors
}

// tooCommon is the conflict of a value that more nodes carry than the rule can join.
func (j *keyJoins) tooCommon(value string, list []carrier) conflict {
	nodes := make([]int, len(list))
	for i := range list {
		nodes[i] = list[i].node
	}
	return j.members.conflict(Conflict{Kind: ConflictCommon, Rule: j.rule.Key, Key: j.rule.Key, Value: value,
		Why: fmt.Sprintf("%d sessions carry it, more than the %d that it can join.", len(list), j.rule.Most)}, nodes...)
}

// edge joins two carriers, with the first event of each that carries the value.
func (j *keyJoins) edge(a, b carrier) edge {
	rule, nodes := j.rule, j.members.nodes
	evidence := func(k Key) *Evidence {
		return &Evidence{SessionID: k.Session, Seq: k.FirstSeq, Time: k.First.UTC(), Place: k.Place}
	}
	what := "one principal"
	if strings.HasPrefix(a.key.Actor, "@") {
		what = "one address without a credential"
	} else if a.key.Actor == "" {
		what = "nobody known"
	}
	if rule.Scope == ScopeServer {
		what += " at one server"
	}
	return edge{a.node, b.node, Join{A: nodes[a.node].ID, B: nodes[b.node].ID, Rule: rule.Key, Confidence: rule.Confidence,
		Strength: rule.Strength, Key: rule.Key, Value: a.key.Value, Actor: a.key.Actor, EvidenceA: evidence(a.key), EvidenceB: evidence(b.key),
		Why: fmt.Sprintf("Both carry the same %s, for %s.", rule.Key, what)}}
}
