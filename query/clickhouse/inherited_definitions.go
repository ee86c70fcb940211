package clickhouse

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/rebuild"
	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
)

// maxEarlier bounds how many earlier sessions are read for what they listed.
const maxEarlier = 5

// inheritedDefinitions fills in the definitions that the client of a session may have
// kept from earlier sessions: of the same principal, client and upstream, the newest
// first.
type inheritedDefinitions struct {
	tenant
	trails *Trails
}

// into fills in the definitions that the timeline of a session lacks. The trail is the
// session's own, nil where it was not read yet.
func (s *inheritedDefinitions) into(ctx context.Context, t *query.Timeline, session wire.SessionSummary, own *wire.Trail) error {
	// Most sessions list their tools themselves; for them nothing more is read.
	if !rebuild.LacksDefinitions(t) {
		return nil
	}
	ids, err := s.earlier(ctx, session)
	if err != nil || len(ids) == 0 {
		return err
	}
	if own == nil {
		if own, err = s.trails.Get(ctx, session.ID); err != nil {
			return err
		}
	}
	var earlier []*rebuild.Catalogue
	for _, id := range ids {
		c, err := s.catalogue(ctx, id, session.Started)
		if err != nil {
			return err
		}
		// A list of the same workflow says more than one of another run of the agent.
		seen := query.SeenAgent
		if slices.ContainsFunc(own.SessionList, func(member wire.SessionSummary) bool { return member.ID == id.String() }) {
			seen = query.SeenTrail
		}
		earlier = append(earlier, c.As(seen))
	}
	rebuild.InheritDefinitions(t, earlier...)
	return nil
}

// listMethods are those whose answers hold definitions, and the notifications that such
// an answer is out of date.
var listMethods = []string{"tools/list", "prompts/list", "resources/list", "resources/templates/list",
	"notifications/tools/list_changed", "notifications/prompts/list_changed", "notifications/resources/list_changed"}

// earlier finds the newest sessions that listed something before a session began. Only
// those of the same actor, client and upstream count: another may have been shown
// something else. Without an actor nothing is inherited.
func (s *inheritedDefinitions) earlier(ctx context.Context, session wire.SessionSummary) (ids []uuid.UUID, err error) {
	p := session.Principal
	principal := schema.Principal{Issuer: p.Issuer, Subject: p.Subject, ClientID: p.ClientID, Fingerprint: p.Fingerprint}
	actor := principal.Actor(session.Peer)
	if actor == "" {
		return nil, nil
	}
	// Nothing is bounded before the client and the started time have chosen: sessions of
	// other programs of the same actor would hide what is sought. The newest hours come
	// first, since they are enough nearly always.
	for window := firstListed; len(ids) < maxEarlier; window *= listedGrowth {
		whole := window > lastWindow
		if ids, err = s.listed(ctx, session, actor, window); err != nil || whole {
			return ids, err
		}
	}
	return ids, nil
}

// firstListed is how far back earlier lists are looked for at first, and listedGrowth how
// many times farther if those were not enough.
const (
	firstListed  = 24 * time.Hour
	listedGrowth = 30
)

// listed gives the newest of those sessions that began within the window before a session.
func (s *inheritedDefinitions) listed(ctx context.Context, session wire.SessionSummary, actor string, window time.Duration) (ids []uuid.UUID, err error) {
	w := s.where()
	// ingest keeps a key for each kind of list that a session got, so that no event is
	// read to find it. Hours order the keys; a session lasts longer than its first hour,
	// so the started time decides in the outer query.
	values := make([]string, 4)
	for i, method := range listMethods[:4] {
		values[i] = method + " " + session.Upstream
	}
	hour := func(t time.Time) uint32 { return uint32(max(0, t.Unix()/3600)) }
	w.add("name = 'listed' AND value IN {values:Array(String)}", "values", values)
	w.add("holder = {holder:String}", "holder", actor)
	w.add("hour <= {hour:UInt32}", "hour", hour(session.Started))
	w.add("hour >= {since:UInt32}", "since", hour(session.Started.Add(-window)))
	w.set("started", session.Started.UnixNano())
	w.set("client", session.Client.Name)
	w.set("self", session.ID)
	w.set("most", uint32(maxEarlier))
	err = s.each(ctx, "looking for earlier lists", `SELECT session_id FROM sessions WHERE tenant = {tenant:String} AND client_name = {client:String}
			AND started < `+moment("started")+` AND session_id != {self:UUID} AND session_id GLOBAL IN (
			SELECT DISTINCT session_id FROM key_sessions WHERE `+w.String()+`)
		ORDER BY started DESC, session_id DESC LIMIT {most:UInt32}`, w.parameters, func(row driver.Rows) error {
		var id uuid.UUID
		err := row.Scan(&id)
		ids = append(ids, id)
		return err
	})
	return ids, err
}

// catalogue is what the client of a session knew at a moment.
func (s *inheritedDefinitions) catalogue(ctx context.Context, id uuid.UUID, at time.Time) (*rebuild.Catalogue, error) {
	w := s.lists(id)
	w.add("time < "+moment("at"), "at", at.UnixNano())
	return rebuild.CatalogueOf(query.Hashed(s.listEvents(ctx, w)))
}

// lists chooses the events of a session that say what its server offers.
func (t tenant) lists(id uuid.UUID) *where {
	w := t.where()
	w.add("session_id = {session:UUID}", "session", id)
	w.add("(kind = 'gap' OR method IN {methods:Array(String)})", "methods", listMethods)
	return w
}

// listEvents streams what [tenant.lists] chooses.
func (t tenant) listEvents(ctx context.Context, w *where) iter.Seq2[*schema.Event, error] {
	return t.events(ctx, "SELECT "+columns(true)+" FROM events WHERE "+w.String()+
		" ORDER BY tenant, session_id, seq LIMIT 1 BY session_id, seq, hash", w.parameters)
}
