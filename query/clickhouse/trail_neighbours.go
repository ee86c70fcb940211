package clickhouse

import (
	"context"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/mcptrail/mcptrail/query/trail"
)

const (
	// maxActive bounds the sessions of one actor within the hours around a trail. Of an
	// actor with more, time says nothing.
	maxActive = 500
	// maxStrangers is how many sessions of other actors are read beside a key. A few are
	// enough to see that others carry it too, which speaks against it.
	maxStrangers = 3
)

// sharedKeys are keys with their values and actors, each once.
type sharedKeys struct {
	names, values, actors []string
	known                 map[[3]string]bool
}

// add takes a key once: sessions of one agent carry the same keys many times over.
func (t *sharedKeys) add(name, value, actor string) {
	if t.known == nil {
		t.known = map[[3]string]bool{}
	}
	if k := [3]string{name, value, actor}; !t.known[k] {
		t.known[k] = true
		t.names, t.values, t.actors = append(t.names, name), append(t.values, value), append(t.actors, actor)
	}
}

// sharing adds the sessions that carry the keys: of the same actor all of them up to a
// bound, of others a few.
func (g *trailSearch) sharing(ctx context.Context, keys sharedKeys, add map[string]bool) error {
	if len(keys.names) == 0 {
		return nil
	}
	const zipped = "SELECT t.1, t.2, t.3 FROM (SELECT arrayJoin(arrayZip({names:Array(String)}, {values:Array(String)}, {holders:Array(String)})) AS t)"
	w := g.where()
	w.set("names", keys.names)
	w.set("values", keys.values)
	w.set("holders", keys.actors)
	w.set("most", uint32(maxTrail+1))
	w.set("few", uint32(maxStrangers))
	// key_sessions is ordered by name and value: this is a lookup for each key, however many
	// sessions are stored.
	err := g.addSessions(ctx, "SELECT DISTINCT toString(session_id) FROM key_sessions WHERE "+w.String()+
		" AND (name, value, holder) IN ("+zipped+") LIMIT {most:UInt32}", w.parameters, add)
	if err != nil {
		return err
	}
	// A few for each key, and no bound for all: with many keys one could hide who else
	// carries another.
	return g.addSessions(ctx, `SELECT DISTINCT toString(session_id) FROM (
		SELECT session_id, name, value FROM key_sessions WHERE `+w.String()+` AND (name, value) IN (SELECT t.1, t.2 FROM (SELECT arrayJoin(arrayZip({names:Array(String)}, {values:Array(String)})) AS t))
			AND (name, value, holder) NOT IN (`+zipped+`) ORDER BY hour LIMIT {few:UInt32} BY name, value)`, w.parameters, add)
}

// addSessions runs a statement that selects ids of sessions, as texts.
func (g *trailSearch) addSessions(ctx context.Context, statement string, parameters []any, add map[string]bool) error {
	return g.each(ctx, "reading the sessions of keys", statement, parameters, func(row driver.Rows) error {
		var id string
		err := row.Scan(&id)
		add[id] = true
		return err
	})
}

// active adds the sessions of some actors in some hours, and notes the actors that have
// too many.
func (g *trailSearch) active(ctx context.Context, actors []string, hours []uint32, add map[string]bool) error {
	if len(actors) == 0 {
		return nil
	}
	w := g.where()
	w.add("name = {agent:String} AND value = ''", "agent", trail.AgentKey)
	w.add("holder IN {holders:Array(String)}", "holders", actors)
	w.add("hour IN {hours:Array(UInt32)}", "hours", hours)
	w.set("most", uint32(maxActive+1))
	return g.each(ctx, "reading the sessions of a principal", `SELECT holder, groupArray(id) FROM (
			SELECT holder, id FROM (SELECT DISTINCT holder, toString(session_id) AS id FROM key_sessions WHERE `+w.String()+`) LIMIT {most:UInt32} BY holder)
		GROUP BY holder`, w.parameters, func(row driver.Rows) error {
		var actor string
		var ids []string
		if err := row.Scan(&actor, &ids); err != nil {
			return err
		}
		if len(ids) > maxActive {
			// A busy actor is named to the rules, which then join nothing of it by time. Reading the
			// first 500 instead would join by chance.
			g.record.Busy = append(g.record.Busy, actor)
			return nil
		}
		for _, id := range ids {
			add[id] = true
		}
		return nil
	})
}
