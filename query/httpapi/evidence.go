package httpapi

import (
	"context"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query/clickhouse"
	"github.com/mcptrail/mcptrail/query/wire"
)

// evidence sends the record as the bytes that were sealed.
// Nothing is checked on the way: who asks verifies, with keys of their own.
type evidence struct {
	*streams
	store *clickhouse.Evidence
}

func (s *evidence) routes(api huma.API) {
	op := get("record", "/api/v1/record", "Stream the record as evidence: the seals, then the events as the bytes that were sealed. A time takes in all that is under the same seals.")
	op.Responses = map[string]*huma.Response{"200": {Description: recordFormat, Content: map[string]*huma.MediaType{
		wire.RecordType: {Schema: &huma.Schema{Type: "string", Format: "binary"}}}}}
	huma.Register(api, op, s.record)
}

type recordInput struct {
	Session string `query:"session" format:"uuid" doc:"One session only."`
	TimeQuery
}

// recordFormat is the documentation of the stream for those who write a reader of their own;
// [wire.RecordWriter] writes it.
const recordFormat = `Frames of a letter, a length (uint32; all numbers are big endian) and so many bytes.
A: the beginning; about how many events will come (uint64).
S: a seal; name of a column that does not say what the seal says, or empty; the seal's record: "mcs", 0x01, then signed note, certificate and leaf hashes, each with its length (uint32) before it.
E: an event; topic, partition (uint32), offset (uint64), stored_at in ms since 1970 (uint64), hash (32 bytes), place (32 bytes), name of a column that holds what the event does not, or empty; the event's canonical bytes.
Z: the end; numbers of seals and of events (uint64 each). An answer without it is not whole.
Names and topic have their length (uint16) before them.`

func (s *evidence) record(ctx context.Context, in *recordInput) (*huma.StreamResponse, error) {
	sel := clickhouse.Selection{From: in.From, To: in.To}
	if in.Session != "" {
		sel.Session = uuid.MustParse(in.Session) // format: uuid was checked
	}
	// Only counted here; the rows are read once the stream is open.
	record, err := s.store.Select(ctx, sel)
	if err == nil && in.Session != "" && record.Events == 0 && record.Seals == 0 {
		err = clickhouse.ErrNoSession // that of a removed one would still be sealed
	}
	if err == nil {
		err = s.access.record(ctx, "record", record.Events)
	}
	if err != nil {
		return nil, s.failed(ctx, err)
	}
	// The context is the request's and has no time limit: a whole record takes as long as
	// its reader.
	return s.stream(ctx, wire.RecordType, func(out *stream) error {
		return sendRecord(ctx, wire.NewRecordWriter(out.Writer), record)
	})
}

// sendRecord sends all seals before the first event: a verifier takes them so. Each event
// is encoded again from its row, so what a reader checks is what the table holds.
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
		if err := w.Event(e.Event, &e.Location); err != nil {
			return err
		}
	}
	// Sent last and only here: whoever misses it knows that the record broke off.
	return w.End()
}
