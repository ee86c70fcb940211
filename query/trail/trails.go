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

// Trails joins the sessions. The same record gives the same trails in whatever
// order its parts come.
func (r *Rules) Trails(in Input) []*Trail {
	edits := standing(in.Edits)
	keys := slices.Clone(in.Keys)
	slices.SortFunc(keys, func(a, b Key) int {
		return cmp.Or(cmp.Compare(a.Session, b.Session), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Value, b.Value),
			cmp.Compare(a.Place, b.Place), cmp.Compare(a.Actor, b.Actor), cmp.Compare(a.FirstSeq, b.FirstSeq))
	})
	m := newMembers(r, in.Sessions, keys)
	j := &joining{members: m, components: newComponents(len(m.nodes))}
	// The order of what follows is the order of trust: people, keys by strength, then time,
	// which joins only what no key decided.
	edges := j.joinByEdits(edits)
	for i := range r.Keys {
		proposed, conflicts := (&keyJoins{rule: &r.Keys[i], members: m, components: j.components}).propose(keys)
		edges, j.conflicts = append(edges, proposed...), append(j.conflicts, conflicts...)
	}
	j.accept(edges)
	(&timeJoins{joining: j, rules: r.Times}).join(in.Busy, r.Idle())
	j.differingValues()
	return assemble(j, edits)
}
