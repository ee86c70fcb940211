package httpapi

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/mcptrail/mcptrail/query/clickhouse"
	"github.com/mcptrail/mcptrail/query/wire"
)

// flows are values that go from results to later arguments.
// They answer after a rebuild and so within rebuildTimeout, not readTimeout.
type flows struct {
	*replies
	sessions *clickhouse.Sessions
	trails   *clickhouse.Trails
	store    *clickhouse.Flows
}

func (s *flows) routes(api huma.API) {
	huma.Register(api, get("flows", "/api/v1/sessions/{id}/flows", "Values of results that come back in later arguments of a session"), s.ofSession)
	huma.Register(api, get("trail-flows", "/api/v1/trails/{id}/flows", "Values of results that come back in later arguments anywhere in a trail"), s.ofTrail)
}

func (s *flows) ofSession(ctx context.Context, in *SessionPath) (*output[wire.Flows], error) {
	ctx, cancel := context.WithTimeout(ctx, rebuildTimeout)
	defer cancel()
	session, err := s.sessions.Get(ctx, in.uuid())
	if err != nil {
		return nil, s.failed(ctx, err)
	}
	return s.find(ctx, "flows", []wire.SessionSummary{session})
}

func (s *flows) ofTrail(ctx context.Context, in *TrailPath) (*output[wire.Flows], error) {
	ctx, cancel := context.WithTimeout(ctx, rebuildTimeout)
	defer cancel()
	t, err := s.trails.Get(ctx, in.ID)
	if err != nil {
		return nil, s.failed(ctx, err)
	}
	return s.find(ctx, "trail-flows", t.SessionList)
}

// find is recorded before the bodies are read, with the events of all sessions.
func (s *flows) find(ctx context.Context, action string, sessions []wire.SessionSummary) (*output[wire.Flows], error) {
	// All bodies are read for it, so all events count as read, whatever is found.
	events := uint64(0)
	for _, session := range sessions {
		events += session.Events
	}
	err := s.access.record(ctx, action, events)
	var found wire.Flows
	if err == nil {
		found, err = s.store.Find(ctx, sessions)
	}
	if err != nil {
		return nil, s.failed(ctx, err)
	}
	return &output[wire.Flows]{found}, nil
}
