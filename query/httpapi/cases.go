package httpapi

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query/clickhouse"
	"github.com/mcptrail/mcptrail/query/wire"
)

// cases are what people note of the record while they look into something.
// A case is its edits, which are only ever added; what it looks like follows from them.
type cases struct {
	*replies
	store    *clickhouse.Cases
	sessions *clickhouse.Sessions
	events   *clickhouse.Events
}

func (s *cases) routes(api huma.API) {
	route := func(method, id, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, MaxBodyBytes: maxBody,
			Errors: []int{http.StatusNotFound, http.StatusServiceUnavailable}}
	}
	huma.Register(api, route(http.MethodGet, "cases", "/api/v1/cases", "List cases, the one that changed last first"), s.list)
	huma.Register(api, route(http.MethodPost, "open-case", "/api/v1/cases", "Open a case"), s.open)
	huma.Register(api, route(http.MethodGet, "case", "/api/v1/cases/{id}", "One case with all that was done to it"), s.get)
	huma.Register(api, route(http.MethodPost, "edit-case", "/api/v1/cases/{id}/edits", "Pin, note, retract, rename, close or reopen"), s.edit)
	huma.Register(api, route(http.MethodGet, "export-case", "/api/v1/cases/{id}/export", "One case with the events that are pinned in it"), s.export)
}

// CasePath names a case.
type CasePath struct {
	ID string `path:"id" format:"uuid" doc:"Id of the case."`
}

func (in CasePath) uuid() uuid.UUID { return uuid.MustParse(in.ID) } // format: uuid was checked

type newCaseInput struct{ Body wire.NewCase }

type caseEditInput struct {
	CasePath
	Body wire.NewCaseEdit
}

func (s *cases) list(ctx context.Context, _ *struct{}) (*output[wire.Page[wire.CaseSummary]], error) {
	return read(ctx, s.replies, "cases", func(ctx context.Context) (wire.Page[wire.CaseSummary], error) {
		cases, err := s.store.List(ctx)
		return wire.Page[wire.CaseSummary]{Items: cases}, err
	}, func(p wire.Page[wire.CaseSummary]) int { return len(p.Items) })
}

func (s *cases) get(ctx context.Context, in *CasePath) (*output[wire.Case], error) {
	return read(ctx, s.replies, "case", func(ctx context.Context) (wire.Case, error) { return s.store.Get(ctx, in.uuid()) }, one)
}

// open begins a case: its first edit names it.
func (s *cases) open(ctx context.Context, in *newCaseInput) (*output[wire.Case], error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, s.failed(ctx, err)
	}
	// A UUIDv7 and not a number: replicas give ids without asking each other.
	return s.write(ctx, id, wire.CaseEdit{Action: wire.CaseOpen, Text: in.Body.Title})
}

// edit refuses what could not be shown later: a pin of a session that the tenant does
// not have, and the retraction of something that is no pin and no note.
func (s *cases) edit(ctx context.Context, in *caseEditInput) (*output[wire.Case], error) {
	b := in.Body
	if wrong := lacking(b); wrong != "" {
		return nil, huma.Error422UnprocessableEntity(wrong)
	}
	c, err := s.store.Get(ctx, in.uuid())
	if err != nil {
		return nil, s.failed(ctx, err)
	}
	// Checked against the case as it was just read. Two retractions of one edit at once are both
	// stored, and say the same.
	if b.Action == wire.CaseRetract && !slices.ContainsFunc(c.Edits, func(e wire.CaseEdit) bool {
		return e.ID == b.Retracts && (e.Action == wire.CasePin || e.Action == wire.CaseNote)
	}) {
		return nil, huma.Error422UnprocessableEntity("Only a pin or a note of this case can be taken back.")
	}
	if b.SessionID != "" {
		if _, err := s.sessions.Get(ctx, uuid.MustParse(b.SessionID)); err != nil {
			return nil, s.failed(ctx, err)
		}
	}
	return s.write(ctx, in.uuid(), wire.CaseEdit{Action: b.Action, Text: b.Text, SessionID: b.SessionID, Seq: b.Seq, At: b.At, Retracts: b.Retracts})
}

// lacking says what an edit needs and does not have, empty for nothing. The schema of the
// body cannot: what is needed depends on the action.
func lacking(b wire.NewCaseEdit) string {
	switch {
	case b.Action == wire.CaseNote && b.Text == "", b.Action == wire.CaseRename && b.Text == "":
		return "text: a note or a new title needs words."
	case b.Action == wire.CasePin && b.SessionID == "":
		return "session_id: a pin needs a session."
	case b.Action == wire.CaseRetract && b.Retracts == "":
		return "retracts: say which edit to take back."
	}
	return ""
}

// write stores an edit with who made it and when, and gives the case as it is then. Its
// id is a UUIDv7 of this process: edits of one case by two replicas within a millisecond
// may be in either order.
//
// The edit is stored before the access log has it: a failure in between answers with an error
// although the edit is there, under its author's name. A second attempt adds a second edit.
func (s *cases) write(ctx context.Context, id uuid.UUID, e wire.CaseEdit) (*output[wire.Case], error) {
	return read(ctx, s.replies, "case-"+e.Action, func(ctx context.Context) (wire.Case, error) {
		edit, err := uuid.NewV7()
		if err != nil {
			return wire.Case{}, err
		}
		// Milliseconds, as the column has them: what is answered equals what is read later. Who is
		// never taken from the body.
		e.ID, e.Time, e.Who = edit.String(), time.Now().UTC().Truncate(time.Millisecond), readerOf(ctx).who
		if err := s.store.Add(ctx, id, e); err != nil {
			return wire.Case{}, err
		}
		return s.store.Get(ctx, id)
	}, one)
}
