package trail

import (
	"cmp"
	"slices"
	"time"
)

// makeNodes makes one node of a session, or one for each conversation where it holds
// several. The strongest key that it carries names them.
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
			if k.Name == AgentKey && !slices.Contains(whole.actors, k.Actor) {
				whole.actors = append(whole.actors, k.Actor)
			}
		}
		j.addParts(whole, ofSession[s.ID])
	}
	// A node of a whole session is found by one id, a part by its own and its session's.
	for i := range j.nodes {
		n := &j.nodes[i]
		j.at[n.SessionID] = append(j.at[n.SessionID], i)
		if n.ID != n.SessionID {
			j.at[n.ID] = append(j.at[n.ID], i)
		}
	}
}

// addParts adds a session as one node, or as one for each conversation in it.
func (j *joining) addParts(whole node, keys []Key) {
	name, parts := j.partsOf(keys)
	if len(parts) == 1 {
		for _, k := range keys {
			if rule := j.rules.key(k.Name); rule != nil && rule.Splits && !slices.Contains(whole.values[k.Name], k.Value) {
				whole.values[k.Name] = append(whole.values[k.Name], k.Value)
			}
		}
	}
	if len(parts) < 2 {
		j.nodes = append(j.nodes, whole)
		return
	}
	for _, p := range parts {
		n := whole
		n.ID, n.Part = partID(whole.SessionID, name, p.value), &Part{name, p.value}
		n.Started, n.Ended, n.values = p.first, p.last, map[string][]string{name: {p.value}}
		j.nodes = append(j.nodes, n)
	}
}

// conversation is a part of a session: the time between the first and the last event
// that carries its value.
type conversation struct {
	value       string
	first, last time.Time
}

// partsOf returns the name and the values of the strongest key that names conversations
// in a session, each value with the time it spans.
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
