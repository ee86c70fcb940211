package httpapi

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/mcptrail/mcptrail/query/clickhouse"
	"github.com/mcptrail/mcptrail/query/wire"
)

// comparisons set two runs of an agent side by side.
type comparisons struct {
	*replies
	store *clickhouse.Comparisons
}

func (s *comparisons) routes(api huma.API) {
	huma.Register(api, get("compare", "/api/v1/compare",
		"Two sessions or trails side by side: what only one of them did, and what differs in what both did"), s.compare)
}

// compareInput names two runs. An id says itself which of the two it is.
type compareInput struct {
	A string `query:"a" required:"true" maxLength:"48" doc:"Id of a session, or of a trail."`
	B string `query:"b" required:"true" maxLength:"48" doc:"Id of the session or trail to compare it with, the newer one."`
}

// Recorded with the operations of both, whether they differ or not: all of them were read.
func (s *comparisons) compare(ctx context.Context, in *compareInput) (*output[*wire.Comparison], error) {
	return read(ctx, s.replies, "compare", func(ctx context.Context) (*wire.Comparison, error) {
		return s.store.Compare(ctx, in.A, in.B)
	}, func(c *wire.Comparison) int { return c.A.Operations + c.B.Operations })
}
