package trail

import (
	"cmp"
	"slices"
	"time"
)

// node is a session or a part of one.
type node struct {
	Member
	session *Session
	// values of the keys that name conversations, by key.
	values map[string][]string
	// actors that were active in it, as [Key.Actor] of its keys named [AgentKey]; several
	// where they shared the session.
	actors []string
}

// members answers what there is to join, and which node an id or a key belongs to. It does
// not change while joins are decided; they refer to a node by its index here.
type members struct {
	rules *Rules
	// nodes in the order in which their sessions began, the parts of one side by side.
	nodes []node
	// at has the indexes of the nodes of a session, a member or a part, by its id.
	at map[string][]int
}

// newMembers makes one node of a session, or one for each conversation where it holds
// several. The strongest key that it carries names them.
func newMembers(rules *Rules, sessions []Session, keys []Key) *members {
	m := &members{rules: rules, at: map[string][]int{}}
	ofSession := map[string][]Key{}
	for _, k := range keys {
		ofSession[k.Session] = append(ofSession[k.Session], k)
	}
	// A copy, since the caller's order is the caller's; nodes point into it.
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
		m.addParts(whole, ofSession[s.ID])
	}
	// A node of a whole session is found by one id, a part by its own and its session's.
	for i := range m.nodes {
		n := &m.nodes[i]
		m.at[n.SessionID] = append(m.at[n.SessionID], i)
		if n.ID != n.SessionID {
			m.at[n.ID] = append(m.at[n.ID], i)
		}
	}
	return m
}

// addParts adds a session as one node, or as one for each conversation in it.
func (m *members) addParts(whole node, keys []Key) {
	name, parts := m.rules.partsOf(keys)
	if len(parts) == 1 {
		for _, k := range keys {
			if rule := m.rules.key(k.Name); rule != nil && rule.Splits && !slices.Contains(whole.values[k.Name], k.Value) {
				whole.values[k.Name] = append(whole.values[k.Name], k.Value)
			}
		}
	}
	// One value for all is the whole session and no part: its id stays the session's.
	if len(parts) < 2 {
		m.nodes = append(m.nodes, whole)
		return
	}
	for _, p := range parts {
		n := whole
		n.ID, n.Part = partID(whole.SessionID, name, p.value), &Part{name, p.value}
		n.Started, n.Ended, n.values = p.first, p.last, map[string][]string{name: {p.value}}
		m.nodes = append(m.nodes, n)
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
func (r *Rules) partsOf(keys []Key) (name string, parts []conversation) {
	for i := range r.Keys {
		rule := &r.Keys[i]
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

// find returns the nodes of members, sessions or parts, that are there. An id that nothing
// goes by any more, as of a part whose key lost its rule, gives none.
func (m *members) find(ids []string) (nodes []int) {
	for _, id := range ids {
		for _, n := range m.at[id] {
			if !slices.Contains(nodes, n) {
				nodes = append(nodes, n)
			}
		}
	}
	return nodes
}

// carrierOf returns the node of a session that a key belongs to, -1 where the session is
// in parts and none of them is that of the key.
func (m *members) carrierOf(rule *KeyRule, k Key) int {
	at := m.at[k.Session]
	if len(at) == 1 {
		return at[0]
	}
	for _, n := range at {
		if p := m.nodes[n].Part; p.Key == rule.Key && p.Value == k.Value {
			return n
		}
	}
	return -1
}

// conflict is evidence against a join, and all nodes that it is about: it belongs to the
// trails of all of them, although it shows a few.
type conflict struct {
	Conflict
	about []int
}

// conflict is one about nodes, of which it shows the first few.
func (m *members) conflict(c Conflict, nodes ...int) conflict {
	const shown = 10
	for _, n := range nodes[:min(shown, len(nodes))] {
		c.Members = append(c.Members, m.nodes[n].ID)
	}
	return conflict{c, nodes}
}
