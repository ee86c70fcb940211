package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/mcptrail/mcptrail/query/wire"
)

type compareInput struct {
	A string `query:"a" required:"true" maxLength:"48" doc:"Id of a session, or of a trail."`
	B string `query:"b" required:"true" maxLength:"48" doc:"Id of the session or trail to compare it with, the newer one."`
}

func (s *server) compareRoutes(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "compare", Method: http.MethodGet, Path: "/api/v1/compare",
		Summary: "Two sessions or trails side by side: what only one of them did, and what differs in what both did",
		Errors:  []int{http.StatusBadRequest, http.StatusNotFound, http.StatusServiceUnavailable, http.StatusGatewayTimeout}}, s.compare)
}

func (s *server) compare(ctx context.Context, in *compareInput) (*output[*wire.Comparison], error) {
	return read(ctx, s, "compare", func(ctx context.Context) (*wire.Comparison, error) {
		return s.store.Compare(ctx, in.A, in.B)
	}, func(c *wire.Comparison) int { return c.A.Operations + c.B.Operations })
}
