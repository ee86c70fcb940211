package httpapi

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/mcptrail/mcptrail/query/clickhouse"
	"github.com/mcptrail/mcptrail/query/wire"
)

// search finds texts in payloads.
type search struct {
	*replies
	store *clickhouse.Search
}

func (s *search) routes(api huma.API) {
	huma.Register(api, get("search", "/api/v1/search", "Search in payloads, newest first"), s.find)
}

type searchInput struct {
	Text    string `query:"text" required:"true" minLength:"1" maxLength:"256" doc:"Words that occur in the payload, as written and whole, in any ASCII case."`
	Session string `query:"session" format:"uuid" doc:"Search one session only."`
	TimeQuery
	EventQuery
	PageQuery
}

// The words that were searched stand in the access log, as part of the URI: what somebody
// looked for says as much as what they found.
func (s *search) find(ctx context.Context, in *searchInput) (*output[wire.Page[wire.Hit]], error) {
	return read(ctx, s.replies, "search", func(ctx context.Context) (wire.Page[wire.Hit], error) {
		return s.store.Find(ctx, wire.Search{Text: in.Text, Session: in.Session, From: in.From, To: in.To, Event: in.filter()}, in.Cursor, in.Limit)
	}, func(p wire.Page[wire.Hit]) int { return len(p.Items) })
}
