package trail

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

// timeJoins answers what the order of sessions joins. Unlike keys it judges runs of sessions,
// and depends on what was joined before it.
type timeJoins struct {
	*joining
	rules []TimeRule
}

// join joins what carries no key: sessions of one client of one actor that follow
// each other. It judges a run of them as a whole, and where two agents may be in it joins
// nothing: to join two people is the worst error.
func (j *timeJoins) join(busy []string, idle time.Duration) {
	type agent struct{ actor, client, version, peer string }
	agents := map[agent][]int{}
	var order []agent
	for i := range j.nodes {
		n := &j.nodes[i]
		if len(n.actors) != 1 || n.Part != nil {
			continue // no actor is known, or several were active
		}
		a := agent{n.actors[0], n.session.Client.Name, n.session.Client.Version, n.session.Peer}
		if agents[a] == nil {
			order = append(order, a)
		}
		agents[a] = append(agents[a], i)
	}
	slices.SortFunc(order, func(a, b agent) int {
		return cmp.Or(cmp.Compare(a.actor, b.actor), cmp.Compare(a.client, b.client), cmp.Compare(a.version, b.version), cmp.Compare(a.peer, b.peer))
	})
	for _, a := range order {
		if slices.Contains(busy, a.actor) {
			j.report(Conflict{Kind: ConflictCommon, Rule: j.rules[len(j.rules)-1].Rule,
				Why: "This principal has so many sessions at a time that their order tells nothing."}, agents[a]...)
			continue
		}
		// end is the latest end in the run so far, not that of its last session: a long session may
		// outlast several that began after it.
		run, end := []int{}, time.Time{}
		for _, i := range agents[a] { // in the order in which they began
			n := &j.nodes[i]
			if len(run) > 0 && n.Started.Sub(end) > idle {
				j.joinRun(run)
				run = nil
			}
			if run = append(run, i); n.Ended.After(end) || len(run) == 1 {
				end = n.Ended
			}
		}
		j.joinRun(run)
	}
}

// joinRun joins a run of nodes of one client, unless there may be two agents in it.
func (j *timeJoins) joinRun(run []int) {
	units := map[int]bool{}
	for _, n := range run {
		units[j.root(n)] = true
	}
	if len(units) < 2 {
		return
	}
	if why := j.ambiguity(run); why != "" {
		if !slices.ContainsFunc(run, func(n int) bool { return len(j.nodes[n].values) == 0 }) {
			return // each says itself what it belongs to
		}
		j.report(Conflict{Kind: ConflictAmbiguous, Rule: j.rules[len(j.rules)-1].Rule, Why: why}, run...)
		return
	}
	// Neighbours only: n-1 joins hold a run together.
	for i := 1; i < len(run); i++ {
		a, b := run[i-1], run[i]
		if j.root(a) == j.root(b) {
			continue
		}
		x, y := &j.nodes[a], &j.nodes[b]
		gap := y.Started.Sub(x.Ended)
		for r := range j.rules {
			rule := &j.rules[r]
			if gap > rule.Within || rule.SameUpstream && x.session.Upstream != y.session.Upstream {
				continue
			}
			why := fmt.Sprintf("The same client of the same principal, %v after the other ended, and no second agent in sight.", gap.Round(time.Millisecond))
			if gap < 0 {
				why = "The same client of the same principal, at the same time on another server, and no second agent in sight."
			}
			j.joining.join(edge{a, b, Join{A: x.ID, B: y.ID, Rule: rule.Rule, Confidence: rule.Confidence, Strength: rule.Strength, Actor: x.actors[0], Why: why}})
			// The first rule that fits is the one that is named.
			break
		}
	}
}

// ambiguity says why a run of sessions may be the work of two agents, empty for no reason.
func (j *timeJoins) ambiguity(run []int) string {
	last := map[string]int{}
	named := map[string]map[string]bool{}
	joined := j.joinedBy()
	byKey := map[string]int{}
	for _, i := range run {
		n := &j.nodes[i]
		if before, ok := last[n.session.Upstream]; ok {
			b := &j.nodes[before]
			if n.Started.Before(b.Ended) && j.root(i) != j.root(before) {
				return "Two of its sessions on one upstream overlap, so there may be two agents on one credential."
			}
			if b.Ended.After(n.Ended) {
				i = before
			}
		}
		last[n.session.Upstream] = i
		// A key that joins sessions distinguishes one task from the next, like a trace; one
		// that every session has for itself distinguishes nothing.
		for _, key := range slices.Sorted(maps.Keys(joined[j.root(i)])) {
			if other, known := byKey[key]; known && other != j.root(i) {
				return "Several tasks are told apart by " + key + "."
			}
			byKey[key] = j.root(i)
		}
		for _, key := range slices.Sorted(maps.Keys(n.values)) {
			if named[key] == nil {
				named[key] = map[string]bool{}
			}
			for _, v := range n.values[key] {
				if named[key][v] = true; len(named[key]) > 1 {
					return "Its sessions name different conversations in " + key + "."
				}
			}
		}
	}
	return ""
}
