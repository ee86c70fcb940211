package clickhouse

import (
	"context"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/rebuild"
	"github.com/mcptrail/mcptrail/query/wire"
)

// Timelines rebuilds sessions.
type Timelines struct {
	tenant
	events    *Events
	inherited *inheritedDefinitions
}

// Get rebuilds a session, or with a limit a page of it that begins at a seq. No seal is
// checked.
func (s *Timelines) Get(ctx context.Context, session wire.SessionSummary, from uint64, limit int) (*query.Timeline, error) {
	id := uuid.MustParse(session.ID)
	if limit == 0 && from == 0 {
		t, err := s.Unchecked(ctx, id)
		if err == nil {
			err = s.Inherit(ctx, session, t)
		}
		return t, err
	}
	page, err := s.Page(ctx, session, from, limit)
	if err != nil {
		return nil, err
	}
	t, err := page.Timeline(query.Hashed(s.events.OfSession(ctx, id, Part{From: page.Start, Bodies: true})))
	if err != nil {
		return nil, err
	}
	return t, s.Inherit(ctx, session, t)
}

// Page prepares to rebuild a page of a session that begins at a seq; a limit of 0 is all
// that follows. A page costs what it holds, not what lies before it: of that, only the
// definitions that were listed are read.
func (s *Timelines) Page(ctx context.Context, session wire.SessionSummary, from uint64, limit int) (rebuild.Page, error) {
	if limit == 0 {
		// One more than there were: the session may have grown since it was counted.
		limit = int(session.Events) + 1
	}
	page := rebuild.Page{From: from, Limit: limit, Session: session.Session}
	if from <= rebuild.LookBack {
		return page, nil
	}
	// Operations that began shortly before the page and end in it are rebuilt from there. What
	// began earlier than LookBack events stays unpaired on this page.
	page.Start = from - rebuild.LookBack
	w := s.lists(uuid.MustParse(session.ID))
	w.add("seq < {start:UInt64}", "start", page.Start)
	known, err := rebuild.CatalogueOf(query.Hashed(s.listEvents(ctx, w)))
	page.Known = known
	return page, err
}

// Unchecked rebuilds all of a session without a look at its seals, and without the
// definitions that its client kept from earlier sessions.
func (s *Timelines) Unchecked(ctx context.Context, session uuid.UUID) (*query.Timeline, error) {
	return rebuild.Timeline(query.Hashed(s.events.OfSession(ctx, session, Part{Bodies: true})))
}

// Inherit fills in the definitions that the session's client may have kept from
// earlier sessions.
func (s *Timelines) Inherit(ctx context.Context, session wire.SessionSummary, t *query.Timeline) error {
	return s.inherited.into(ctx, t, session, nil)
}
