package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query/clickhouse"
	"github.com/mcptrail/mcptrail/query/wire"
)

type recordInput struct {
	Session string `query:"session" format:"uuid" doc:"One session only."`
	TimeQuery
}

// proofRoutes are those of the evidence.
func (s *server) proofRoutes(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "progress", Method: http.MethodGet, Path: "/api/v1/ingest/progress",
		Summary: "How far the topics are stored, by partition: what collectors free their spools by. It hands out nothing of the record, so it is not logged as a read.",
		Errors:  []int{http.StatusServiceUnavailable, http.StatusGatewayTimeout}}, s.progress)
	huma.Register(api, huma.Operation{OperationID: "record", Method: http.MethodGet, Path: "/api/v1/record",
		Summary: "Stream the record as evidence: the seals, then the events as the bytes that were sealed. A time takes in all that is under the same seals.",
		Errors:  []int{http.StatusBadRequest, http.StatusNotFound, http.StatusServiceUnavailable, http.StatusGatewayTimeout},
		Responses: map[string]*huma.Response{"200": {Description: recordFormat, Content: map[string]*huma.MediaType{
			wire.RecordType: {Schema: &huma.Schema{Type: "string", Format: "binary"}}}}}}, s.record)
}

const recordFormat = `Frames of a letter, a length (uint32; all numbers are big endian) and so many bytes.
A: the beginning; about how many events will come (uint64).
S: a seal; name of a column that does not say what the seal says, or empty; the seal's record: "mcs", 0x01, then signed note, certificate and leaf hashes, each with its length (uint32) before it.
E: an event; topic, partition (uint32), offset (uint64), stored_at in ms since 1970 (uint64), hash (32 bytes), place (32 bytes), name of a column that holds what the event does not, or empty; the event's canonical bytes.
Z: the end; numbers of seals and of events (uint64 each). An answer without it is not whole.
Names and topic have their length (uint16) before them.`

func (s *server) record(ctx context.Context, in *recordInput) (*huma.StreamResponse, error) {
	sel := clickhouse.Selection{From: in.From, To: in.To}
	if in.Session != "" {
		sel.Session = uuid.MustParse(in.Session) // format: uuid was checked
	}
	record, err := s.store.Select(ctx, sel)
	if err == nil && in.Session != "" && record.Events == 0 && record.Seals == 0 {
		err = clickhouse.ErrNoSession // that of a removed one would still be sealed
	}
	if err == nil {
		err = s.access.record(ctx, "record", record.Events)
	}
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	giveBack, err := s.take()
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		defer giveBack()
		out := newStream(c, wire.RecordType)
		s.finish(ctx, sendRecord(ctx, wire.NewRecordWriter(out.Writer), record), out)
	}}, nil
}

func sendRecord(ctx context.Context, w *wire.RecordWriter, record *clickhouse.Record) error {
	if err := w.Begin(record.Events); err != nil {
		return err
	}
	for r, err := range record.ReadSeals(ctx) {
		if err != nil {
			return err
		}
		if err := w.Seal(r.Record, r.Stray); err != nil {
			return err
		}
	}
	for e, err := range record.ReadEvents(ctx) {
		if err != nil {
			return err
		}
		if err := w.Event(e.Event, &e.Place); err != nil {
			return err
		}
	}
	return w.End()
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
