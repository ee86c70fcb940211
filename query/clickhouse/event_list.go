package clickhouse

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query/wire"
)

// firstWindow is how far back [Events.List] looks at first, windowGrowth how many
// times farther if that was not enough, and lastWindow when it looks at everything.
const (
	firstWindow  = time.Hour
	windowGrowth = 8
	lastWindow   = 10 * 365 * 24 * time.Hour
)

// List gives events of any session, newest first. It reads payloads of the page
// alone, and only if they are asked for. A page is sought in the newest part of the
// range first, since a whole day of events need not be sorted for the last of them.
func (s *Events) List(ctx context.Context, q wire.EventQuery, cursor string, limit int) (wire.Page[wire.ListedEvent], error) {
	end := q.To
	if cursor != "" {
		p, err := parseCursor(cursor)
		if err != nil {
			return wire.Page[wire.ListedEvent]{}, err
		}
		end = time.Unix(0, p.time)
	}
	// Windows are counted back from where the page begins, so that a later page does not
	// read again what the pages before it showed.
	if end.IsZero() {
		end = time.Now()
	}
	for window := firstWindow; ; window *= windowGrowth {
		part := q
		part.From = end.Add(-window)
		// A page that is not full may lack older events, unless it looked at all of them.
		// With a growth of 8 at most seven windows are read, and together they cost little more
		// than the last one.
		whole := window > lastWindow || !part.From.After(q.From)
		if whole {
			part.From = q.From
		}
		page, err := s.page(ctx, part, cursor, limit)
		if err != nil || whole || page.Next != "" {
			return page, err
		}
	}
}

// page reads one page within the bounds of q. The inner query sorts keys only; the outer
// one reads whole rows of the page.
func (s *Events) page(ctx context.Context, q wire.EventQuery, cursor string, limit int) (wire.Page[wire.ListedEvent], error) {
	page := wire.Page[wire.ListedEvent]{Items: []wire.ListedEvent{}}
	w := s.where()
	if err := w.beyond(cursor); err != nil {
		return page, err
	}
	if q.Session != "" {
		w.add("session_id = {session:UUID}", "session", q.Session)
	}
	w.between("time", "time", q.From, q.To)
	if err := w.dimensionFilter(q.Filter, func(d dimension) string { return d.expression }); err != nil {
		return page, err
	}
	if q.Failed {
		w.conditions = append(w.conditions, failed)
	}
	w.set("limit", uint32(limit+1))
	statement := "SELECT " + columns(q.Bodies) + ` FROM events
		WHERE tenant = {tenant:String} AND (session_id, seq, hash) GLOBAL IN (
			SELECT session_id, seq, hash FROM events WHERE ` + w.String() + `
			ORDER BY time DESC, session_id DESC, seq DESC LIMIT 1 BY session_id, seq, hash LIMIT {limit:UInt32})
		ORDER BY time DESC, session_id DESC, seq DESC LIMIT 1 BY session_id, seq, hash`
	for e, err := range s.events(ctx, statement, w.parameters) {
		if err != nil {
			return page, fmt.Errorf("listing events: %w", err)
		}
		if len(page.Items) == limit {
			last := page.Items[limit-1]
			page.Next = pageKey{time: last.Time.UnixNano(), session: uuid.MustParse(last.SessionID), seq: last.Seq}.cursor()
			break
		}
		page.Items = append(page.Items, wire.ListedEvent{Event: wire.FromEvent(e), Client: e.ClientName, Server: e.ServerName, Upstream: e.Upstream})
	}
	return page, nil
}
