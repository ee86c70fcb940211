package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/mcptrail/mcptrail/query/wire"
)

func (s *server) flowRoutes(api huma.API) {
	get := func(id, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: http.MethodGet, Path: path, Summary: summary,
			Errors: []int{http.StatusBadRequest, http.StatusNotFound, http.StatusServiceUnavailable, http.StatusGatewayTimeout}}
	}
	huma.Register(api, get("flows", "/api/v1/sessions/{id}/flows", "Values of results that come back in later arguments of a session"), s.flows)
	huma.Register(api, get("trail-flows", "/api/v1/trails/{id}/flows", "Values of results that come back in later arguments anywhere in a trail"), s.trailFlows)
}

func (s *server) flows(ctx context.Context, in *SessionPath) (*output[wire.Flows], error) {
	ctx, cancel := context.WithTimeout(ctx, rebuildTimeout)
	defer cancel()
	session, err := s.store.Session(ctx, in.uuid())
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return s.flowsOf(ctx, "flows", []wire.SessionSummary{session})
}

func (s *server) trailFlows(ctx context.Context, in *TrailPath) (*output[wire.Flows], error) {
	ctx, cancel := context.WithTimeout(ctx, rebuildTimeout)
	defer cancel()
	t, err := s.store.Trail(ctx, in.ID)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return s.flowsOf(ctx, "trail-flows", t.SessionList)
}

func (s *server) flowsOf(ctx context.Context, action string, sessions []wire.SessionSummary) (*output[wire.Flows], error) {
	events := uint64(0)
	for _, session := range sessions {
		events += session.Events
	}
	err := s.access.record(ctx, action, events)
	var found wire.Flows
	if err == nil {
		found, err = s.store.Flows(ctx, sessions)
	}
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return &output[wire.Flows]{found}, nil
}
