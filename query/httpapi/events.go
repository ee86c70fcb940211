package httpapi

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/mcptrail/mcptrail/query/clickhouse"
	"github.com/mcptrail/mcptrail/query/wire"
)

// events sends the events themselves: those of a session as a stream, those of any
// session as pages.
type events struct {
	*streams
	sessions *clickhouse.Sessions
	store    *clickhouse.Events
}

func (s *events) routes(api huma.API) {
	huma.Register(api, streamOf[wire.Event](api, get("events", "/api/v1/sessions/{id}/events",
		"Stream the events of a session in order, one JSON object a line. An answer that breaks off is not whole."), ndjson), s.ofSession)
	huma.Register(api, list("event-list", "/api/v1/events", "List events of any session, newest first"), s.list)
}

// A reader whose stream broke off goes on with the seq behind the last line that it has whole.
type eventsInput struct {
	SessionPath
	FromSeq uint64 `query:"from_seq" doc:"First seq."`
	Limit   uint64 `query:"limit" doc:"Events at most; 0 is all."`
	Bodies  bool   `query:"bodies" default:"true" doc:"Whether payloads are sent."`
}

// ofSession is recorded as a read of all events of the session, since a stream does not
// know how many its reader will take.
func (s *events) ofSession(ctx context.Context, in *eventsInput) (*huma.StreamResponse, error) {
	// From the rollup: one row, and it says how many events there are.
	session, err := s.sessions.Get(ctx, in.uuid())
	if err == nil {
		err = s.access.record(ctx, "events", session.Events)
	}
	if err != nil {
		return nil, s.failed(ctx, err)
	}
	part := clickhouse.Part{From: in.FromSeq, Limit: in.Limit, Bodies: in.Bodies}
	return s.stream(ctx, ndjson, func(out *stream) error {
		return s.send(out, s.store.OfSession(ctx, in.uuid(), part), "", "")
	})
}

type eventListInput struct {
	Session string `query:"session" format:"uuid" doc:"Events of one session only."`
	Failed  bool   `query:"failed" doc:"Only what ended badly: errors, refusals, broken connections."`
	Bodies  bool   `query:"bodies" doc:"Whether payloads are sent."`
	PointQuery
	TimeQuery
	PageQuery
}

func (s *events) list(ctx context.Context, in *eventListInput) (*output[wire.Page[wire.ListedEvent]], error) {
	return read(ctx, s.replies, "events", func(ctx context.Context) (wire.Page[wire.ListedEvent], error) {
		return s.store.List(ctx, wire.EventQuery{Session: in.Session, From: in.From, To: in.To, Filter: in.filter(),
			Failed: in.Failed, Bodies: in.Bodies}, in.Cursor, in.Limit)
	}, func(p wire.Page[wire.ListedEvent]) int { return len(p.Items) })
}
