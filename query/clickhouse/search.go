package clickhouse

import (
	"context"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
)

// snippetBytes of payload are read before a hit, and as many after it.
const snippetBytes = 96

// Search lists the places where a text occurs in payloads, newest first.
func (s *Store) Search(ctx context.Context, f wire.Search, cursor string, limit int) (wire.Page[wire.Hit], error) {
	page := wire.Page[wire.Hit]{Items: []wire.Hit{}}
	w := s.where()
	if err := w.beyond(cursor); err != nil {
		return page, err
	}
	if f.Session != "" {
		w.add("session_id = {session:UUID}", "session", f.Session)
	}
	w.between("time", "time", f.From, f.To)
	w.choose(f.Event)
	w.contains(f.Text)
	forms := forms(f.Text)
	w.set("forms", forms)
	w.set("limit", uint32(limit+1))
	w.set("before_hit", uint32(snippetBytes))
	w.set("width", uint32(2*snippetBytes+len(forms[len(forms)-1])))
	// The inner query sorts places only, the outer one reads payloads of the page.
	found, err := s.query(ctx, `SELECT session_id, seq, time, kind, direction, method, target, outcome,
			arrayMin(arrayFilter(at -> at > 0, arrayMap(form -> positionCaseInsensitive(payload, form), {forms:Array(String)}))) AS hit,
			substring(payload, greatest(toInt64(hit) - {before_hit:UInt32}, 1), {width:UInt32})
		FROM events
		WHERE tenant = {tenant:String} AND (session_id, seq, hash) GLOBAL IN (
			SELECT session_id, seq, hash FROM events WHERE `+w.String()+`
			ORDER BY time DESC, session_id DESC, seq DESC LIMIT 1 BY session_id, seq, hash LIMIT {limit:UInt32})
		ORDER BY time DESC, session_id DESC, seq DESC LIMIT 1 BY session_id, seq, hash`, w.parameters)
	if err != nil {
		return page, fmt.Errorf("searching: %w", err)
	}
	defer found.Close()
	for found.Next() {
		if len(page.Items) == limit {
			last := page.Items[limit-1]
			page.Next = place{time: last.Time.UnixNano(), session: uuid.MustParse(last.SessionID), seq: last.Seq}.cursor()
			break
		}
		hit, err := scanHit(found)
		if err != nil {
			return page, err
		}
		hit.Highlights = occurrences(hit.Snippet, forms)
		page.Items = append(page.Items, hit)
	}
	if err := found.Err(); err != nil {
		return page, fmt.Errorf("searching: %w", err)
	}
	return page, nil
}

func scanHit(found driver.Rows) (wire.Hit, error) {
	var hit wire.Hit
	var id uuid.UUID
	var at uint64
	var kind, direction, outcome string
	err := found.Scan(&id, &hit.Seq, &hit.Time, &kind, &direction, &hit.Method, &hit.Target, &outcome, &at, &hit.Snippet)
	if err != nil {
		return hit, fmt.Errorf("reading a hit's row: %w", err)
	}
	hit.SessionID, hit.Time, hit.Snippet = id.String(), hit.Time.UTC(), wholeRunes(hit.Snippet)
	hit.Kind, hit.Direction, hit.Outcome = schema.Kind(kind), schema.Direction(direction), schema.Outcome(outcome)
	return hit, nil
}
