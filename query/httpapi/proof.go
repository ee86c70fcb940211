package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/mcptrail/mcptrail/query/wire"
)

// proofRoutes are those of the evidence.
func (s *server) proofRoutes(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "progress", Method: http.MethodGet, Path: "/api/v1/ingest/progress",
		Summary: "How far the topics are stored, by partition: what collectors free their spools by. It hands out nothing of the record, so it is not logged as a read.",
		Errors:  []int{http.StatusServiceUnavailable, http.StatusGatewayTimeout}}, s.progress)
}

func (s *server) progress(ctx context.Context, _ *struct{}) (*output[wire.Progress], error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	p, err := s.stored.Stored(ctx)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return &output[wire.Progress]{p}, nil
}
