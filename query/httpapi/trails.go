package httpapi

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/mcptrail/mcptrail/query/clickhouse"
	"github.com/mcptrail/mcptrail/query/trail"
	"github.com/mcptrail/mcptrail/query/wire"
)

// trails lists and rebuilds trails.
type trails struct {
	*replies
	store    *clickhouse.Trails
	timeline *clickhouse.TrailTimeline
	sealed   *sealedTimelines
}

func (s *trails) routes(api huma.API) {
	huma.Register(api, get("trails", "/api/v1/trails", "List trails that have a session which fits, newest session first"), s.list)
	huma.Register(api, get("trail", "/api/v1/trails/{id}", "One trail: its sessions, and why they belong together"), s.get)
	huma.Register(api, get("trail-timeline", "/api/v1/trails/{id}/timeline", "The operations of all sessions of a trail, in the order in which they began"), s.page)
	huma.Register(api, get("trail-rules", "/api/v1/trail-rules", "The rules that join sessions, strongest first"), s.rules)
}

// TrailPath names a trail, or any session or part of one that belongs to it.
type TrailPath struct {
	ID string `path:"id" maxLength:"48" pattern:"^(t-)?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}([.][0-9a-f]{8})?$" patternDescription:"a trail, or a session of it" doc:"Id of the trail, or of any session or part of one that belongs to it."`
}

type trailTimelineInput struct {
	TrailPath
	Cursor string `query:"cursor" maxLength:"200" doc:"The next of an earlier page."`
	Limit  int    `query:"limit" minimum:"1" maximum:"5000" default:"500" doc:"Operations per page."`
}

func (s *trails) list(ctx context.Context, in *sessionsInput) (*output[wire.Page[wire.TrailSummary]], error) {
	return read(ctx, s.replies, "trails", func(ctx context.Context) (wire.Page[wire.TrailSummary], error) {
		found, err := s.store.List(ctx, in.sessionFilter(), in.Cursor, in.Limit)
		page := wire.Page[wire.TrailSummary]{Items: make([]wire.TrailSummary, len(found.Items)), Next: found.Next}
		for i, t := range found.Items {
			page.Items[i] = t.TrailSummary
		}
		return page, err
	}, func(p wire.Page[wire.TrailSummary]) int { return len(p.Items) })
}

func (s *trails) get(ctx context.Context, in *TrailPath) (*output[*wire.Trail], error) {
	return read(ctx, s.replies, "trail", func(ctx context.Context) (*wire.Trail, error) {
		return s.store.Get(ctx, in.ID)
	}, func(t *wire.Trail) int { return t.Sessions })
}

// page is recorded with all events of the trail, of which a page shows operations.
// The log has it before anything is rebuilt, as for a session's timeline.
func (s *trails) page(ctx context.Context, in *trailTimelineInput) (*output[*wire.TrailTimeline], error) {
	ctx, cancel := context.WithTimeout(ctx, rebuildTimeout)
	defer cancel()
	t, err := s.store.Get(ctx, in.ID)
	if err == nil {
		err = s.access.record(ctx, "trail-timeline", t.Events)
	}
	if err != nil {
		return nil, s.failed(ctx, err)
	}
	// Each session is rebuilt and checked as on its own page.
	timeline, err := s.timeline.Page(ctx, t, in.Cursor, in.Limit, s.sealed.rebuild)
	if err != nil {
		return nil, s.failed(ctx, err)
	}
	return &output[*wire.TrailTimeline]{timeline}, nil
}

// rules are part of the program and no part of the record, so reading them is not
// recorded.
func (s *trails) rules(ctx context.Context, _ *struct{}) (*output[wire.TrailRules], error) {
	rules := trail.DefaultRules()
	return &output[wire.TrailRules]{wire.TrailRules{Keys: rules.Keys, Times: rules.Times}}, nil
}
