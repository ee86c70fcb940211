package clickhouse

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query/trail"
	"github.com/mcptrail/mcptrail/query/wire"
)

// maxActive sessions of one holder within the hours around a trail are looked at; of
// one with more, time tells nothing.
const maxActive = 500

// maxTrail bounds the sessions that one search for trails looks at.
const maxTrail = 2000

// gathering is what was read around some sessions, and the trails in it.
type gathering struct {
	sessions map[string]wire.SessionSummary
	record   trail.Record
	trails   []*trail.Trail
}

// whole is a trail with its sessions.
func (g *gathering) whole(t *trail.Trail) *wire.Trail {
	sessions := g.of(t)
	return &wire.Trail{TrailSummary: wire.Summary(t, sessions), Members: t.Members, SessionList: sessions,
		Joins: t.Joins, ConflictList: t.Conflicts, Edits: t.Edits}
}

// of are the sessions of a trail in the order in which they began.
func (g *gathering) of(t *trail.Trail) []wire.SessionSummary {
	list := []wire.SessionSummary{}
	for _, id := range t.Sessions() {
		list = append(list, g.sessions[id])
	}
	slices.SortFunc(list, func(a, b wire.SessionSummary) int {
		return cmp.Or(a.Started.Compare(b.Started), cmp.Compare(a.ID, b.ID))
	})
	return list
}

func (g *gathering) ids() []string {
	ids := make([]string, 0, len(g.sessions))
	for id := range g.sessions {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// gather reads outwards from the seeds for as long as what it reads belongs to the
// trail of one of them.
func (s *Store) gather(ctx context.Context, seeds []uuid.UUID) (*gathering, error) {
	edits, err := s.TrailEdits(ctx)
	if err != nil {
		return nil, err
	}
	g := &gathering{sessions: map[string]wire.SessionSummary{}, record: trail.Record{Edits: edits}}
	rules := trail.DefaultRules()
	read, expanded := make([]string, len(seeds)), map[string]bool{}
	seed := map[string]bool{}
	for i, id := range seeds {
		read[i], seed[id.String()] = id.String(), true
	}
	cut := false
	for len(read) > 0 && !cut {
		if err := s.load(ctx, g, read); err != nil {
			return nil, err
		}
		g.trails = rules.Trails(g.record)
		next := g.edge(seed, expanded)
		if len(next) == 0 {
			break
		}
		if read, err = s.around(ctx, g, rules, next); err != nil {
			return nil, err
		}
		if cut = len(g.sessions)+len(read) > maxTrail+len(seeds); cut {
			read = read[:max(0, maxTrail+len(seeds)-len(g.sessions))]
			if err := s.load(ctx, g, read); err != nil {
				return nil, err
			}
			g.trails = rules.Trails(g.record)
		}
		for _, id := range next {
			expanded[id] = true
		}
	}
	g.trails = slices.DeleteFunc(g.trails, func(t *trail.Trail) bool {
		t.Truncated = cut && slices.ContainsFunc(t.Members, func(m trail.Member) bool { return !expanded[m.SessionID] })
		return !slices.ContainsFunc(t.Members, func(m trail.Member) bool { return seed[m.SessionID] })
	})
	return g, nil
}

// edge are the sessions of the seeds' trails around which nothing was read yet.
func (g *gathering) edge(seed, expanded map[string]bool) (ids []string) {
	for _, t := range g.trails {
		if !slices.ContainsFunc(t.Members, func(m trail.Member) bool { return seed[m.SessionID] }) {
			continue
		}
		for _, id := range t.Sessions() {
			if !expanded[id] && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// load reads the sessions and their keys. Ids that are of no session are left out.
func (s *Store) load(ctx context.Context, g *gathering, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	w := s.where()
	w.add("session_id IN {ids:Array(UUID)}", "ids", ids)
	found, err := s.query(ctx, "SELECT "+sessionColumns+" FROM sessions WHERE "+w.String(), w.parameters)
	if err != nil {
		return fmt.Errorf("reading the sessions of a trail: %w", err)
	}
	defer found.Close()
	for found.Next() {
		summary, err := scanSession(found)
		if err != nil {
			return err
		}
		if _, known := g.sessions[summary.ID]; known {
			continue
		}
		g.sessions[summary.ID] = summary
		g.record.Sessions = append(g.record.Sessions, trail.Session{ID: summary.ID, Started: summary.Started, Ended: summary.Ended,
			Upstream: summary.Upstream, Peer: summary.Peer, Client: summary.Client})
	}
	if err := found.Err(); err != nil {
		return fmt.Errorf("reading the sessions of a trail: %w", err)
	}
	return s.loadKeys(ctx, g, w)
}

// maxKeys bounds the values of one key that are read of a session. One that carries
// more is a pool that no key of it joins.
const maxKeys = 200

func (s *Store) loadKeys(ctx context.Context, g *gathering, w *where) error {
	w.add("name IN {names:Array(String)}", "names", append(trail.DefaultRules().Names(), trail.AgentKey))
	w.set("most", uint32(maxKeys))
	found, err := s.query(ctx, `SELECT toString(session_id), name, value, place, holder, min(k.first_seq), max(k.last_seq), min(k.first_time) AS first, max(k.last_time)
		FROM session_keys AS k WHERE `+w.String()+`
		GROUP BY session_id, name, value, place, holder ORDER BY first LIMIT {most:UInt32} BY session_id, name`, w.parameters)
	if err != nil {
		return fmt.Errorf("reading the keys of a trail: %w", err)
	}
	defer found.Close()
	for found.Next() {
		var k trail.Key
		if err := found.Scan(&k.Session, &k.Name, &k.Value, &k.Place, &k.Holder, &k.FirstSeq, &k.LastSeq, &k.First, &k.Last); err != nil {
			return fmt.Errorf("reading the keys of a trail: %w", err)
		}
		g.record.Keys = append(g.record.Keys, k)
	}
	if err := found.Err(); err != nil {
		return fmt.Errorf("reading the keys of a trail: %w", err)
	}
	return nil
}

// around finds sessions that share a key, an hour or an edit with those of the list.
func (s *Store) around(ctx context.Context, g *gathering, rules *trail.Rules, ids []string) ([]string, error) {
	var shared triples
	var holders []string
	in := map[string]bool{}
	for _, id := range ids {
		in[id] = true
	}
	for _, k := range g.record.Keys {
		switch {
		case !in[k.Session]:
		case k.Name == trail.AgentKey:
			if !slices.Contains(holders, k.Holder) && !slices.Contains(g.record.Busy, k.Holder) {
				holders = append(holders, k.Holder)
			}
		default:
			shared.add(k.Name, k.Value, k.Holder)
		}
	}
	around := map[string]bool{}
	if err := s.sharing(ctx, shared, around); err != nil {
		return nil, err
	}
	if err := s.active(ctx, g, holders, g.hours(ids, rules.Idle()), around); err != nil {
		return nil, err
	}
	for _, e := range g.record.Edits {
		for _, m := range e.Members {
			if e.Action == trail.Merge && slices.ContainsFunc(e.Members, func(m string) bool { return in[trail.SessionOf(m)] }) {
				around[trail.SessionOf(m)] = true
			}
		}
	}
	var fresh []string
	for id := range around {
		if _, known := g.sessions[id]; !known && uuid.Validate(id) == nil {
			fresh = append(fresh, id)
		}
	}
	slices.Sort(fresh)
	return fresh, nil
}

// hours in which the sessions were active, and those next to them.
func (g *gathering) hours(ids []string, idle time.Duration) (hours []uint32) {
	const most = 24 * 31
	hour := func(t time.Time) int64 { return t.Unix() / 3600 }
	for _, id := range ids {
		session := g.sessions[id]
		for h := hour(session.Started.Add(-idle)); h <= hour(session.Ended.Add(idle)) && len(hours) < most; h++ {
			if h >= 0 && !slices.Contains(hours, uint32(h)) {
				hours = append(hours, uint32(h))
			}
		}
	}
	return hours
}

// triples are keys with their values and holders, each once.
type triples struct {
	names, values, holders []string
	known                  map[[3]string]bool
}

func (t *triples) add(name, value, holder string) {
	if t.known == nil {
		t.known = map[[3]string]bool{}
	}
	if k := [3]string{name, value, holder}; !t.known[k] {
		t.known[k] = true
		t.names, t.values, t.holders = append(t.names, name), append(t.values, value), append(t.holders, holder)
	}
}

// strangers are how many sessions of other holders are shown beside a key.
const strangers = 3

// sharing adds the sessions that carry the keys: for the same holder all of them up
// to a bound, for others a few, which speak against the key.
func (s *Store) sharing(ctx context.Context, keys triples, add map[string]bool) error {
	if len(keys.names) == 0 {
		return nil
	}
	const zipped = "SELECT t.1, t.2, t.3 FROM (SELECT arrayJoin(arrayZip({names:Array(String)}, {values:Array(String)}, {holders:Array(String)})) AS t)"
	w := s.where()
	w.set("names", keys.names)
	w.set("values", keys.values)
	w.set("holders", keys.holders)
	w.set("most", uint32(maxTrail+1))
	w.conditions = append(w.conditions, "(name, value, holder) IN ("+zipped+")")
	if err := s.addIDs(ctx, "SELECT DISTINCT toString(session_id) FROM key_sessions WHERE "+w.String()+" LIMIT {most:UInt32}", w.parameters, add); err != nil {
		return err
	}
	o := s.where()
	o.parameters = append(o.parameters, w.parameters[1:]...)
	o.set("few", uint32(strangers))
	return s.addIDs(ctx, `SELECT DISTINCT toString(session_id) FROM (
		SELECT session_id, name, value FROM key_sessions WHERE `+o.String()+` AND (name, value) IN (SELECT t.1, t.2 FROM (SELECT arrayJoin(arrayZip({names:Array(String)}, {values:Array(String)})) AS t))
			AND (name, value, holder) NOT IN (`+zipped+`) ORDER BY hour LIMIT {few:UInt32} BY name, value LIMIT 100)`, o.parameters, add)
}

// active adds the sessions of some holders in some hours, and notes those holders that
// have too many.
func (s *Store) active(ctx context.Context, g *gathering, holders []string, hours []uint32, add map[string]bool) error {
	if len(holders) == 0 {
		return nil
	}
	w := s.where()
	w.add("name = {agent:String} AND value = ''", "agent", trail.AgentKey)
	w.add("holder IN {holders:Array(String)}", "holders", holders)
	w.add("hour IN {hours:Array(UInt32)}", "hours", hours)
	w.set("most", uint32(maxActive+1))
	found, err := s.query(ctx, `SELECT holder, groupArray(id) FROM (
			SELECT holder, id FROM (SELECT DISTINCT holder, toString(session_id) AS id FROM key_sessions WHERE `+w.String()+`) LIMIT {most:UInt32} BY holder)
		GROUP BY holder`, w.parameters)
	if err != nil {
		return fmt.Errorf("reading the sessions of a principal: %w", err)
	}
	defer found.Close()
	for found.Next() {
		var holder string
		var ids []string
		if err := found.Scan(&holder, &ids); err != nil {
			return fmt.Errorf("reading the sessions of a principal: %w", err)
		}
		if len(ids) > maxActive {
			g.record.Busy = append(g.record.Busy, holder)
			continue
		}
		for _, id := range ids {
			add[id] = true
		}
	}
	if err := found.Err(); err != nil {
		return fmt.Errorf("reading the sessions of a principal: %w", err)
	}
	return nil
}

func (s *Store) addIDs(ctx context.Context, statement string, parameters []any, add map[string]bool) error {
	found, err := s.query(ctx, statement, parameters)
	if err != nil {
		return fmt.Errorf("reading the sessions of keys: %w", err)
	}
	defer found.Close()
	for found.Next() {
		var id string
		if err := found.Scan(&id); err != nil {
			return fmt.Errorf("reading the sessions of keys: %w", err)
		}
		add[id] = true
	}
	if err := found.Err(); err != nil {
		return fmt.Errorf("reading the sessions of keys: %w", err)
	}
	return nil
}
