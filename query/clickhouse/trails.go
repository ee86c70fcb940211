package clickhouse

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query/trail"
	"github.com/mcptrail/mcptrail/query/wire"
)

// ErrNoTrail says that the tenant has no such trail, session or part of one.
var ErrNoTrail = errors.New("no such trail")

// maxTrail bounds the sessions that one search for trails looks at.
const maxTrail = 2000

// Trail finds the trail of a session, of a part of one, or by its own id. It reads
// the tables of sessions and keys, and never an event.
func (s *Store) Trail(ctx context.Context, id string) (*wire.Trail, error) {
	session, err := uuid.Parse(trail.SessionOf(id))
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrNoTrail, id)
	}
	found, err := s.gather(ctx, []uuid.UUID{session})
	if err != nil {
		return nil, err
	}
	for _, t := range found.trails {
		if t.Holds(id) {
			return found.whole(t), nil
		}
	}
	return nil, fmt.Errorf("%w: %s", ErrNoTrail, id)
}

// maxSteps bounds the pages of sessions that one page of trails takes.
const maxSteps = 6

// Trails lists the trails of which a session fits the filter, newest session first.
// Each stands where the newest of its sessions that fits stands, so that pages that
// follow a cursor show it once.
func (s *Store) Trails(ctx context.Context, f wire.Filter, cursor string, limit int) (wire.Page[*wire.Trail], error) {
	page := wire.Page[*wire.Trail]{Items: []*wire.Trail{}}
	for range maxSteps {
		batch, err := s.Sessions(ctx, f, cursor, min(500, max(2*limit, 60)))
		if err != nil {
			return page, err
		}
		last, err := s.list(ctx, f, cursor, batch.Items, limit, &page)
		if err != nil {
			return page, err
		}
		if last < len(batch.Items)-1 {
			page.Next = after(batch.Items[last])
			return page, nil
		}
		if cursor = batch.Next; cursor == "" || len(page.Items) >= limit {
			break
		}
	}
	page.Next = cursor
	return page, nil
}

func after(s wire.SessionSummary) string {
	return place{time: s.Started.UnixNano(), session: uuid.MustParse(s.ID)}.cursor()
}

// list appends the trails whose place is among the sessions of a batch, and returns
// the index of the last session that it came to.
func (s *Store) list(ctx context.Context, f wire.Filter, cursor string, batch []wire.SessionSummary, limit int, page *wire.Page[*wire.Trail]) (int, error) {
	if len(batch) == 0 {
		return -1, nil
	}
	seeds := make([]uuid.UUID, len(batch))
	for i := range batch {
		seeds[i] = uuid.MustParse(batch[i].ID)
	}
	found, err := s.gather(ctx, seeds)
	if err != nil {
		return 0, err
	}
	listed, err := s.listed(ctx, f, cursor, found)
	if err != nil {
		return 0, err
	}
	given := map[*trail.Trail]bool{}
	for i := range batch {
		if len(page.Items) >= limit {
			return i - 1, nil
		}
		for _, t := range found.trails {
			if given[t] || !t.Holds(batch[i].ID) {
				continue
			}
			given[t] = true
			if !slices.ContainsFunc(t.Members, func(m trail.Member) bool { return listed[m.SessionID] }) {
				page.Items = append(page.Items, found.whole(t))
			}
		}
	}
	return len(batch) - 1, nil
}

// listed are the sessions of the trails that stood on an earlier page.
func (s *Store) listed(ctx context.Context, f wire.Filter, cursor string, found *gathering) (map[string]bool, error) {
	listed := map[string]bool{}
	if cursor == "" {
		return listed, nil
	}
	p, err := parseCursor(cursor)
	if err != nil {
		return nil, err
	}
	w := s.where()
	w.add("(started, session_id) >= ("+moment("before")+", {before_id:UUID})", "before", p.time)
	w.set("before_id", p.session)
	w.add("session_id IN {members:Array(UUID)}", "members", found.ids())
	s.choose(w, f)
	rows, err := s.query(ctx, "SELECT session_id FROM sessions WHERE "+w.String(), w.parameters)
	if err != nil {
		return nil, fmt.Errorf("listing trails: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id uuid.UUID
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("listing trails: %w", err)
		}
		listed[id.String()] = true
	}
	return listed, rows.Err()
}

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
	var shared, active triples
	in := map[string]bool{}
	for _, id := range ids {
		in[id] = true
	}
	for _, k := range g.record.Keys {
		switch {
		case !in[k.Session]:
		case k.Name == trail.AgentKey:
			active.add(k.Name, k.Value, k.Holder)
		default:
			shared.add(k.Name, k.Value, k.Holder)
		}
	}
	around := map[string]bool{}
	if err := s.sharing(ctx, shared, nil, around); err != nil {
		return nil, err
	}
	if err := s.sharing(ctx, active, g.hours(ids, rules.Idle()), around); err != nil {
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
func (s *Store) sharing(ctx context.Context, keys triples, hours []uint32, add map[string]bool) error {
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
	statement := "SELECT DISTINCT toString(session_id) FROM key_sessions WHERE " + w.String()
	if hours != nil {
		w.set("hours", hours)
		statement += " AND hour IN {hours:Array(UInt32)} LIMIT {most:UInt32}"
	} else {
		statement += " LIMIT {most:UInt32}"
	}
	if err := s.addIDs(ctx, statement, w.parameters, add); err != nil || hours != nil {
		return err
	}
	o := s.where()
	o.parameters = append(o.parameters, w.parameters[1:]...)
	o.set("few", uint32(strangers))
	return s.addIDs(ctx, `SELECT DISTINCT toString(session_id) FROM (
		SELECT session_id, name, value FROM key_sessions WHERE `+o.String()+` AND (name, value) IN (SELECT t.1, t.2 FROM (SELECT arrayJoin(arrayZip({names:Array(String)}, {values:Array(String)})) AS t))
			AND (name, value, holder) NOT IN (`+zipped+`) ORDER BY hour LIMIT {few:UInt32} BY name, value LIMIT 100)`, o.parameters, add)
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
