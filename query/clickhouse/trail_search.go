package clickhouse

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query/trail"
	"github.com/mcptrail/mcptrail/query/wire"
)

const (
	// maxTrail bounds the sessions that one search for trails reads.
	maxTrail = 2000
	// maxKeys bounds the values of one key that are read of a session. One that carries
	// more is a pool that no key of it joins.
	maxKeys = 200
	// maxHours bounds the hours around a trail in which its actors are looked for.
	maxHours = 24 * 31
)

// trailSearch is what was read around some sessions, the seeds, and the trails in it.
type trailSearch struct {
	*Trails
	rules *trail.Rules
	// seeds are what was asked for; expanded are the sessions around which everything
	// was read.
	seeds, expanded map[string]bool
	sessionsRead    map[string]wire.SessionSummary
	record          trail.Input
	trails          []*trail.Trail
}

// search reads outwards from the seeds for as long as what it reads belongs to the
// trail of one of them. Each round reads what the sessions at the edge share keys, hours
// or edits with and makes the trails anew; it ends when a round adds no member, or at
// maxTrail sessions, which the trails then say of themselves. So a search costs what the
// trail holds, however large the store is.
func (s *Trails) search(ctx context.Context, seeds []uuid.UUID) (*trailSearch, error) {
	edits, err := s.edits.List(ctx)
	if err != nil {
		return nil, err
	}
	g := &trailSearch{Trails: s, rules: trail.DefaultRules(), seeds: map[string]bool{}, expanded: map[string]bool{},
		sessionsRead: map[string]wire.SessionSummary{}, record: trail.Input{Edits: edits}}
	read := make([]string, len(seeds))
	for i, id := range seeds {
		read[i], g.seeds[id.String()] = id.String(), true
	}
	cut := false
	for len(read) > 0 && !cut {
		// The trails are made of all that was read so far, and not of the new sessions alone: a
		// new one can divide or contradict an older join.
		if err := g.load(ctx, read); err != nil {
			return nil, err
		}
		next := g.edge()
		if len(next) == 0 {
			break
		}
		if read, err = g.around(ctx, next); err != nil {
			return nil, err
		}
		// What is over the bound is not read; the trails of what is are right as far as
		// they go.
		if cut = len(g.sessionsRead)+len(read) > maxTrail+len(seeds); cut {
			read = read[:max(0, maxTrail+len(seeds)-len(g.sessionsRead))]
			if err := g.load(ctx, read); err != nil {
				return nil, err
			}
		}
		for _, id := range next {
			g.expanded[id] = true
		}
	}
	g.trails = slices.DeleteFunc(g.trails, func(t *trail.Trail) bool {
		// Truncated only if the cut concerns this trail: one of its sessions has unread neighbours.
		t.Truncated = cut && slices.ContainsFunc(t.Members, func(m trail.Member) bool { return !g.expanded[m.SessionID] })
		return !g.hasSeed(t)
	})
	return g, nil
}

// hasSeed reports whether a trail has a session that was asked for.
func (g *trailSearch) hasSeed(t *trail.Trail) bool {
	return slices.ContainsFunc(t.Members, func(m trail.Member) bool { return g.seeds[m.SessionID] })
}

// whole is a trail with its sessions in the order in which they began.
func (g *trailSearch) whole(t *trail.Trail) *wire.Trail {
	sessions := []wire.SessionSummary{}
	for _, id := range t.Sessions() {
		sessions = append(sessions, g.sessionsRead[id])
	}
	slices.SortFunc(sessions, func(a, b wire.SessionSummary) int {
		return cmp.Or(a.Started.Compare(b.Started), cmp.Compare(a.ID, b.ID))
	})
	return &wire.Trail{TrailSummary: wire.Summary(t, sessions), Members: t.Members, SessionList: sessions,
		Joins: t.Joins, ConflictList: t.Conflicts, Edits: t.Edits}
}

// ids of all sessions that were read.
func (g *trailSearch) ids() []string {
	ids := make([]string, 0, len(g.sessionsRead))
	for id := range g.sessionsRead {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// edge are the sessions of the seeds' trails around which nothing was read yet.
func (g *trailSearch) edge() (ids []string) {
	for _, t := range g.trails {
		if !g.hasSeed(t) {
			continue
		}
		for _, id := range t.Sessions() {
			// A linear search: the edge has at most maxTrail sessions and usually a handful.
			if !g.expanded[id] && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// load reads sessions and their keys and makes the trails anew. Ids of no session are
// ignored: an edit can name what is not stored any more.
func (g *trailSearch) load(ctx context.Context, ids []string) error {
	if len(ids) > 0 {
		w := g.where()
		w.add("session_id IN {ids:Array(UUID)}", "ids", ids)
		found, err := g.sessions.read(ctx, "reading the sessions of a trail", w)
		if err != nil {
			return err
		}
		for _, summary := range found {
			g.addSession(summary)
		}
		if err := g.loadKeys(ctx, w); err != nil {
			return err
		}
	}
	g.trails = g.rules.Trails(g.record)
	return nil
}

// addSession takes a session into the record that the rules see, once.
func (g *trailSearch) addSession(s wire.SessionSummary) {
	if _, known := g.sessionsRead[s.ID]; known {
		return
	}
	g.sessionsRead[s.ID] = s
	g.record.Sessions = append(g.record.Sessions, trail.Session{ID: s.ID, Started: s.Started, Ended: s.Ended,
		Upstream: s.Upstream, Peer: s.Peer, Client: s.Client})
}

// loadKeys reads the keys of the sessions that w chooses, as the rules need them: first
// and last use of each value by each actor.
func (g *trailSearch) loadKeys(ctx context.Context, w *where) error {
	w.add("name IN {names:Array(String)}", "names", append(g.rules.Names(), trail.AgentKey))
	w.set("most", uint32(maxKeys))
	return g.each(ctx, "reading the keys of a trail", `SELECT toString(session_id), name, value, place, holder, min(k.first_seq), max(k.last_seq), min(k.first_time) AS first, max(k.last_time)
		FROM session_keys AS k WHERE `+w.String()+`
		GROUP BY session_id, name, value, place, holder ORDER BY first LIMIT {most:UInt32} BY session_id, name`, w.parameters, func(row driver.Rows) error {
		var k trail.Key
		err := row.Scan(&k.Session, &k.Name, &k.Value, &k.Place, &k.Actor, &k.FirstSeq, &k.LastSeq, &k.First, &k.Last)
		g.record.Keys = append(g.record.Keys, k)
		return err
	})
}

// around finds sessions that share a key, an hour or an edit with those of the list and
// are not read yet. Sharing alone joins nothing: the rules decide on what is read.
func (g *trailSearch) around(ctx context.Context, ids []string) ([]string, error) {
	var shared sharedKeys
	var actors []string
	in := map[string]bool{}
	for _, id := range ids {
		in[id] = true
	}
	for _, k := range g.record.Keys {
		switch {
		// Keys of sessions around which everything was read already.
		case !in[k.Session]:
		case k.Name == trail.AgentKey:
			if !slices.Contains(actors, k.Actor) && !slices.Contains(g.record.Busy, k.Actor) {
				actors = append(actors, k.Actor)
			}
		default:
			shared.add(k.Name, k.Value, k.Actor)
		}
	}
	around := map[string]bool{}
	if err := g.sharing(ctx, shared, around); err != nil {
		return nil, err
	}
	if err := g.active(ctx, actors, g.hours(ids, g.rules.Idle()), around); err != nil {
		return nil, err
	}
	for _, e := range g.record.Edits {
		if e.Action != trail.Merge || !slices.ContainsFunc(e.Members, func(m string) bool { return in[trail.SessionOf(m)] }) {
			continue
		}
		for _, m := range e.Members {
			around[trail.SessionOf(m)] = true
		}
	}
	var fresh []string
	for id := range around {
		// Edits are made by people and may name anything.
		if _, known := g.sessionsRead[id]; !known && uuid.Validate(id) == nil {
			fresh = append(fresh, id)
		}
	}
	slices.Sort(fresh)
	return fresh, nil
}

// hours in which the sessions were active and those next to them, since 1970.
func (g *trailSearch) hours(ids []string, idle time.Duration) (hours []uint32) {
	hour := func(t time.Time) int64 { return t.Unix() / 3600 }
	for _, id := range ids {
		session := g.sessionsRead[id]
		for h := hour(session.Started.Add(-idle)); h <= hour(session.Ended.Add(idle)) && len(hours) < maxHours; h++ {
			if h >= 0 && !slices.Contains(hours, uint32(h)) {
				hours = append(hours, uint32(h))
			}
		}
	}
	return hours
}
