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

// Get rebuilds a session, or with a limit a page of it that begins at a seq. A page
// costs what it holds, not what lies before it. No seal is checked.
func (s *Timelines) Get(ctx context.Context, session wire.SessionSummary, from uint64, limit int) (*query.Timeline, error) {
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
		// Requests from before the page may be answered in it. Those further back than
		// LookBack are not paired; what servers listed before it is read by itself.
		page.Start = from - rebuild.LookBack
		w := s.lists(id)
		w.add("seq < {start:UInt64}", "start", page.Start)
		known, err := rebuild.CatalogueOf(query.Hashed(s.listEvents(ctx, w)))
		if err != nil {
			return nil, err
		}
		page.Known = known
	}
	t, err := page.Timeline(query.Hashed(s.events.OfSession(ctx, id, Part{From: page.Start, Bodies: true})))
	if err != nil {
		return nil, err
	}
	t.Session = session.Session // of the page alone it would be wrong
	return t, s.Inherit(ctx, session, t)
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
