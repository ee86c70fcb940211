package httpapi

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/mcptrail/mcptrail/query/clickhouse"
	"github.com/mcptrail/mcptrail/query/wire"
)

// health says whether the record can be read. It hands out nothing of the record, so
// that the access log does not have it.
type health struct {
	store *clickhouse.Health
	// stalled is how many partitions stand still, nil where this process cannot know.
	stalled func() int
}

func (s *health) routes(api huma.API) {
	huma.Register(api, get("health", "/api/v1/health", "Whether the record can be read, and how fresh it is"), s.get)
}

// healthOutput is the one answer that has its body with an error status too.
type healthOutput struct {
	Status int
	Body   wire.Health
}

// get answers 503 with the body where the record cannot be read: load balancers look at
// the status, people at the reason.
// A stalled service answers 200: it can be read, and taking it out of balance mends nothing.
func (s *health) get(ctx context.Context, _ *struct{}) (*healthOutput, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	h, err := s.store.Get(ctx)
	if err != nil {
		_, reason := explain(err)
		// Not through failed: a probe every few seconds would fill the log.
		return &healthOutput{http.StatusServiceUnavailable, wire.Health{Status: "down", Reason: reason, Engine: h.Engine}}, nil
	}
	// A full disk is the better reason, so it is not overwritten.
	if h.Status == "ok" && s.stalled != nil && s.stalled() > 0 {
		h.Status = "stalled"
		h.Reason = fmt.Sprintf("Nothing new is stored: ingest waits with %d partitions for ClickHouse or the broker, its log says why. mcptrail doctor looks for the cause.", s.stalled())
	}
	return &healthOutput{http.StatusOK, h}, nil
}
