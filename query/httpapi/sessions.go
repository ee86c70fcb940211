package httpapi

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/mcptrail/mcptrail/query/clickhouse"
	"github.com/mcptrail/mcptrail/query/wire"
)

// sessions lists and counts sessions.
// It reads the rollup that views fill, and no events, but where a condition is on events.
type sessions struct {
	*replies
	store  *clickhouse.Sessions
	counts *clickhouse.Facets
}

func (s *sessions) routes(api huma.API) {
	huma.Register(api, get("sessions", "/api/v1/sessions", "List sessions, newest first"), s.list)
	huma.Register(api, get("session", "/api/v1/sessions/{id}", "One session"), s.get)
	huma.Register(api, list("facets", "/api/v1/facets", "Count sessions by the fields of the filter and over time"), s.facets)
}

type sessionsInput struct {
	SessionQuery
	PageQuery
}

func (s *sessions) list(ctx context.Context, in *sessionsInput) (*output[wire.Page[wire.SessionSummary]], error) {
	return read(ctx, s.replies, "sessions", func(ctx context.Context) (wire.Page[wire.SessionSummary], error) {
		return s.store.List(ctx, in.sessionFilter(), in.Cursor, in.Limit)
	}, func(p wire.Page[wire.SessionSummary]) int { return len(p.Items) })
}

func (s *sessions) get(ctx context.Context, in *SessionPath) (*output[wire.SessionSummary], error) {
	return read(ctx, s.replies, "session", func(ctx context.Context) (wire.SessionSummary, error) {
		return s.store.Get(ctx, in.uuid())
	}, one)
}

type facetsInput struct{ SessionQuery }

// One row in the access log: counts are of all sessions, and show none.
func (s *sessions) facets(ctx context.Context, in *facetsInput) (*output[wire.Facets], error) {
	return read(ctx, s.replies, "facets", func(ctx context.Context) (wire.Facets, error) {
		return s.counts.Count(ctx, in.sessionFilter())
	}, one)
}
