package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/mcptrail/mcptrail/query/wire"
)

type facetsInput struct{ SessionQuery }

func (s *server) facetRoutes(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "facets", Method: http.MethodGet, Path: "/api/v1/facets",
		Summary: "Count sessions by the fields of the filter and over time",
		Errors:  []int{http.StatusBadRequest, http.StatusServiceUnavailable, http.StatusGatewayTimeout}}, s.facets)
}

func (s *server) facets(ctx context.Context, in *facetsInput) (*output[wire.Facets], error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	facets, err := s.store.Facets(ctx, in.sessions())
	if err == nil {
		err = s.access.record(ctx, "facets", facets.Total)
	}
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return &output[wire.Facets]{facets}, nil
}
