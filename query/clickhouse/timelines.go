package clickhouse

import (
	"context"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/rebuild"
	"github.com/mcptrail/mcptrail/query/wire"
)

// Timeline rebuilds a session, or with a limit a page of it that begins at a seq. A
// page costs what it holds, not what lies before it.
func (s *Store) Timeline(ctx context.Context, session wire.SessionSummary, from uint64, limit int) (*query.Timeline, error) {
	id := uuid.MustParse(session.ID)
	if limit == 0 && from == 0 {
		t, err := s.Unchecked(ctx, id)
		if err == nil {
			err = s.Inherit(ctx, session, t)
		}
		return t, err
	}
	if limit == 0 {
		limit = int(session.Events) + 1
	}
	page := rebuild.Page{From: from, Limit: limit}
	if from > rebuild.LookBack {
		page.Start = from - rebuild.LookBack
		w := s.lists(id)
		w.add("seq < {start:UInt64}", "start", page.Start)
		known, err := rebuild.CatalogueOf(query.Hashed(s.ofSession(ctx, w)))
		if err != nil {
			return nil, err
		}
		page.Known = known
	}
	t, err := page.Timeline(query.Hashed(s.Events(ctx, id, Part{From: page.Start, Bodies: true})))
	if err != nil {
		return nil, err
	}
	t.Session = session.Session // of the page alone it would be wrong
	return t, s.Inherit(ctx, session, t)
}
