package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/mcptrail/mcptrail/query/clickhouse"
	"github.com/mcptrail/mcptrail/query/wire"
)

// progress says how far the topics are stored: what collectors free their spools by.
type progress struct {
	*replies
	store *clickhouse.Progress
}

func (s *progress) routes(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "progress", Method: http.MethodGet, Path: "/api/v1/ingest/progress",
		Summary: "How far the topics are stored, by partition: what collectors free their spools by. It hands out nothing of the record, so it is not logged as a read.",
		Errors:  []int{http.StatusServiceUnavailable, http.StatusGatewayTimeout}}, s.get)
}

func (s *progress) get(ctx context.Context, _ *struct{}) (*output[wire.Progress], error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	p, err := s.store.Stored(ctx)
	if err != nil {
		return nil, s.failed(ctx, err)
	}
	return &output[wire.Progress]{p}, nil
}
