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
	return read(ctx, s, "facets", func(ctx context.Context) (wire.Facets, error) { return s.store.Facets(ctx, in.sessionFilter()) }, one)
}
