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

// joinByKey proposes to join the nodes in which one actor carries one value of a key.
func (j *joining) joinByKey(rule *KeyRule, keys []Key) (edges []edge) {
	groups, actors := j.carriers(rule, keys)
	order := slices.SortedFunc(maps.Keys(groups), func(a, b carried) int {
		return cmp.Or(cmp.Compare(a.value, b.value), cmp.Compare(a.actor, b.actor), cmp.Compare(a.upstream, b.upstream))
	})
	others := map[string][]int{}
	for _, g := range order {
		list := groups[g]
		slices.SortStableFunc(list, func(a, b carrier) int { return cmp.Compare(a.node, b.node) })
		if len(actors[g.value]) > 1 {
			others[g.value] = append(others[g.value], list[0].node)
		}
		// A value that hundreds of sessions carry is a constant and no conversation.
		if len(list) > rule.Most {
			j.tooCommon(rule, g.value, list)
			continue
		}
		// A chain and not all pairs: n-1 joins say as much as their square.
		for i := 1; i < len(list); i++ {
			for before := i - 1; before >= 0; before-- {
				edges = append(edges, j.keyEdge(rule, list[before], list[i]))
				if !j.separated(list[before].node, list[i].node) {
					break // else a person separated the two, but not those before them
				}
			}
		}
	}
	for _, g := range order {
		if nodes := others[g.value]; len(nodes) > 1 {
			j.conflict(Conflict{Kind: ConflictPrincipal, Rule: rule.Key, Key: rule.Key, Value: g.value,
				Why: "Different principals carry it. A client can choose it, so it joins only what one principal did."}, nodes...)
			// Reported once for each value, although it stands in several groups.
			delete(others, g.value)
		}
	}
	return edges
}

// carried is what nodes must share to be joined by a key: its value and actor, and
// within [ScopeServer] the upstream.
type carried struct{ value, actor, upstream string }

// carriers groups the nodes that carry a key, each once, and lists the actors of each
// value. Keys come in the order of their sessions.
func (j *joining) carriers(rule *KeyRule, keys []Key) (map[carried][]carrier, map[string][]string) {
	groups := map[carried][]carrier{}
	actors := map[string][]string{}
	for _, k := range keys {
		if k.Name != rule.Key || k.Value == "" {
			continue
		}
		at := j.carrierOf(rule, k)
		if at < 0 {
			continue
		}
		g := carried{value: k.Value, actor: k.Actor}
		if rule.Scope == ScopeServer {
			g.upstream = j.nodes[at].session.Upstream
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

func (j *joining) tooCommon(rule *KeyRule, value string, list []carrier) {
	nodes := make([]int, len(list))
	for i := range list {
		nodes[i] = list[i].node
	}
	j.conflict(Conflict{Kind: ConflictCommon, Rule: rule.Key, Key: rule.Key, Value: value,
		Why: fmt.Sprintf("%d sessions carry it, more than the %d that it can join.", len(list), rule.Most)}, nodes...)
}

// carrierOf returns the node of a session that a key belongs to, -1 where the session is
// in parts and none of them is that of the key.
func (j *joining) carrierOf(rule *KeyRule, k Key) int {
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
	if strings.HasPrefix(a.key.Actor, "@") {
		what = "one address without a credential"
	} else if a.key.Actor == "" {
		what = "nobody known"
	}
	if rule.Scope == ScopeServer {
		what += " at one server"
	}
	return edge{a.node, b.node, Join{A: j.nodes[a.node].ID, B: j.nodes[b.node].ID, Rule: rule.Key, Confidence: rule.Confidence,
		Strength: rule.Strength, Key: rule.Key, Value: a.key.Value, Actor: a.key.Actor, EvidenceA: evidence(a.key), EvidenceB: evidence(b.key),
		Why: fmt.Sprintf("Both carry the same %s, for %s.", rule.Key, what)}}
}
