package httpapi

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/clickhouse"
	"github.com/mcptrail/mcptrail/query/rebuild"
	"github.com/mcptrail/mcptrail/query/wire"
)

// timelines rebuilds sessions.
type timelines struct {
	*streams
	sessions *clickhouse.Sessions
	store    *clickhouse.Timelines
	sealed   *sealedTimelines
}

func (s *timelines) routes(api huma.API) {
	huma.Register(api, get("timeline", "/api/v1/sessions/{id}/timeline", "One session, rebuilt"), s.get)
	s.streamRoutes(api)
}

type timelineInput struct {
	SessionPath
	FromSeq uint64 `query:"from_seq" doc:"Begin with what began at this seq: the next_seq of an earlier page."`
	Limit   int    `query:"limit" minimum:"0" maximum:"5000" doc:"Operations at most; 0 is the whole timeline."`
}

// get is recorded before the session is rebuilt: that can take minutes, and a reader who
// leaves meanwhile has had its beginning.
func (s *timelines) get(ctx context.Context, in *timelineInput) (*output[*query.Timeline], error) {
	ctx, cancel := context.WithTimeout(ctx, rebuildTimeout)
	defer cancel()
	// Read first: it says whether there is such a session, and how many events the log names.
	session, err := s.sessions.Get(ctx, in.uuid())
	if err == nil {
		err = s.access.record(ctx, "timeline", session.Events)
	}
	if err != nil {
		return nil, s.failed(ctx, err)
	}
	timeline, err := s.rebuild(ctx, session, in)
	if err != nil {
		return nil, s.failed(ctx, err)
	}
	return &output[*query.Timeline]{timeline}, nil
}

// rebuild makes the whole timeline or one page, and adds the definitions that the client held
// from earlier sessions.
// For a page the events are read from a bounded number before it on, and of all that lies
// before these only the lists of definitions, see [clickhouse.Timelines.Page].
func (s *timelines) rebuild(ctx context.Context, session wire.SessionSummary, in *timelineInput) (timeline *query.Timeline, err error) {
	// The whole timeline needs no look-up of where a page begins.
	if in.FromSeq == 0 && in.Limit == 0 {
		timeline, err = s.sealed.rebuild(ctx, in.uuid())
	} else {
		var page rebuild.Page
		if page, err = s.store.Page(ctx, session, in.FromSeq, in.Limit); err == nil {
			timeline, err = s.sealed.page(ctx, in.uuid(), page)
		}
	}
	// Last, since it asks for definitions of the operations that are shown, and only those.
	if err == nil {
		err = s.store.Inherit(ctx, session, timeline)
	}
	return timeline, err
}
