package clickhouse

import (
	"context"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
)

// snippetBytes of payload are read before a hit, and as many after it: payloads have up
// to 8 MB, and a page shows a line of each.
const snippetBytes = 96

// Search finds texts in payloads.
type Search struct{ tenant }

// Find lists the places where a text occurs in payloads, newest first, one for each event
// however often it occurs there. The text index of the table excludes most of the blocks;
// what is left is searched byte by byte, so short and common words take long. The error
// is [ErrCursor] for a cursor that was not made here.
func (s *Search) Find(ctx context.Context, f wire.Search, cursor string, limit int) (wire.Page[wire.Hit], error) {
	page := wire.Page[wire.Hit]{Items: []wire.Hit{}}
	w := s.where()
	if err := w.beyond(cursor); err != nil {
		return page, err
	}
	if f.Session != "" {
		w.add("session_id = {session:UUID}", "session", f.Session)
	}
	w.between("time", "time", f.From, f.To)
	w.eventFilter(f.Event)
	w.contains(f.Text)
	forms := forms(f.Text)
	w.set("forms", forms)
	w.set("limit", uint32(limit+1))
	w.set("before_hit", uint32(snippetBytes))
	// The last form is the longest, as it escapes the most.
	w.set("width", uint32(2*snippetBytes+len(forms[len(forms)-1])))
	// The inner query sorts places only, the outer one reads payloads of the page.
	err := s.each(ctx, "searching", `SELECT session_id, seq, time, kind, direction, method, target, outcome,
			arrayMin(arrayFilter(at -> at > 0, arrayMap(form -> positionCaseInsensitive(payload, form), {forms:Array(String)}))) AS hit,
			substring(payload, greatest(toInt64(hit) - {before_hit:UInt32}, 1), {width:UInt32})
		FROM events
		WHERE tenant = {tenant:String} AND (session_id, seq, hash) GLOBAL IN (
			SELECT session_id, seq, hash FROM events WHERE `+w.String()+`
			ORDER BY time DESC, session_id DESC, seq DESC LIMIT 1 BY session_id, seq, hash LIMIT {limit:UInt32})
		ORDER BY time DESC, session_id DESC, seq DESC LIMIT 1 BY session_id, seq, hash`, w.parameters, func(row driver.Rows) error {
		hit, err := scanHit(row)
		hit.Highlights = occurrences(hit.Snippet, forms)
		page.Items = append(page.Items, hit)
		return err
	})
	if err == nil && len(page.Items) > limit {
		page.Items = page.Items[:limit]
		last := page.Items[limit-1]
		page.Next = pageKey{time: last.Time.UnixNano(), session: uuid.MustParse(last.SessionID), seq: last.Seq}.cursor()
	}
	return page, err
}

// scanHit reads a hit. The snippet was cut by bytes in SQL, so its ends may be halves
// of a rune.
func scanHit(found driver.Rows) (wire.Hit, error) {
	var hit wire.Hit
	var id uuid.UUID
	var at uint64
	var kind, direction, outcome string
	err := found.Scan(&id, &hit.Seq, &hit.Time, &kind, &direction, &hit.Method, &hit.Target, &outcome, &at, &hit.Snippet)
	if err != nil {
		return hit, err
	}
	hit.SessionID, hit.Time, hit.Snippet = id.String(), hit.Time.UTC(), wholeRunes(hit.Snippet)
	hit.Kind, hit.Direction, hit.Outcome = schema.Kind(kind), schema.Direction(direction), schema.Outcome(outcome)
	return hit, nil
}
