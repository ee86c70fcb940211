package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/mcptrail/mcptrail/query/clickhouse"
	"github.com/mcptrail/mcptrail/query/trail"
	"github.com/mcptrail/mcptrail/query/wire"
)

// trailEdits are what people say about trails. An edit is recorded with who made it, and
// changes nothing but what is shown.
type trailEdits struct {
	*replies
	store  *clickhouse.TrailEdits
	trails *clickhouse.Trails
}

func (s *trailEdits) routes(api huma.API) {
	huma.Register(api, get("trail-edits", "/api/v1/trail-edits", "What people said about trails, oldest first"), s.list)
	edit := get("edit-trail", "/api/v1/trail-edits", "Merge, split or name trails, or undo that. The edit is recorded with who made it, and nothing is changed or lost by it.")
	edit.Method, edit.DefaultStatus, edit.MaxBodyBytes = http.MethodPost, http.StatusCreated, maxBody
	huma.Register(api, edit, s.add)
}

type trailEditInput struct {
	Body wire.TrailEdit
}

func (s *trailEdits) list(ctx context.Context, _ *struct{}) (*output[wire.Page[trail.Edit]], error) {
	return read(ctx, s.replies, "trail-edits", func(ctx context.Context) (wire.Page[trail.Edit], error) {
		edits, err := s.store.List(ctx)
		return wire.Page[trail.Edit]{Items: edits}, err
	}, func(p wire.Page[trail.Edit]) int { return len(p.Items) })
}

// add records who made the edit before it is stored: an edit that is stored and not in
// the access log would be nobody's.
// A crash between the two leaves a row in the log and no edit, which is harmless.
func (s *trailEdits) add(ctx context.Context, in *trailEditInput) (*output[trail.Edit], error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	edit, err := s.edit(ctx, &in.Body)
	if err == nil {
		err = s.access.record(ctx, "edit-trail", uint64(len(edit.Members)+len(edit.Others)))
	}
	if err == nil {
		edit, err = s.store.Add(ctx, edit)
	}
	if err != nil {
		return nil, s.failed(ctx, err)
	}
	return &output[trail.Edit]{edit}, nil
}

// edit makes what is asked for into what is recorded: trails into the members that
// they have now.
// Others are what a split leaves behind. Who comes from the request's context, never from the
// body.
func (s *trailEdits) edit(ctx context.Context, in *wire.TrailEdit) (trail.Edit, error) {
	e := trail.Edit{Who: readerOf(ctx).who, Action: in.Action, Name: in.Name, Why: in.Why, Undoes: in.Undoes, Members: []string{}, Others: []string{}}
	switch {
	case in.Action == trail.Merge && len(in.Members) < 2:
		return e, huma.Error422UnprocessableEntity("To merge, name at least two members: sessions, parts of them, or trails.")
	case (in.Action == trail.Split || in.Action == trail.Name) && len(in.Members) == 0:
		return e, huma.Error422UnprocessableEntity("Name at least one member: a session, a part of one, or a trail.")
	case in.Action == trail.Undo:
		return e, s.exists(ctx, in.Undoes)
	}
	for _, id := range in.Members {
		t, err := s.trails.Get(ctx, id)
		if err != nil {
			return e, fmt.Errorf("reading a member of the edit: %w", err)
		}
		// Members and not the trail's id are stored: that id changes when an older session joins.
		all := make([]string, len(t.Members))
		for i, m := range t.Members {
			all[i] = m.ID
		}
		if strings.HasPrefix(id, "t-") {
			e.Members = union(e.Members, all)
		} else {
			e.Members = union(e.Members, []string{id})
		}
		if in.Action == trail.Split {
			e.Others = union(e.Others, all)
		}
	}
	// A part counts as named where its session is.
	e.Others = slices.DeleteFunc(e.Others, func(id string) bool {
		return slices.Contains(e.Members, id) || slices.Contains(e.Members, trail.SessionOf(id))
	})
	if in.Action == trail.Split && len(e.Others) == 0 {
		return e, huma.Error422UnprocessableEntity("That would split nothing: the members named are the whole trail.")
	}
	return e, nil
}

// exists answers with an error where there is no edit to undo.
func (s *trailEdits) exists(ctx context.Context, id string) error {
	edits, err := s.store.List(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(edits, func(known trail.Edit) bool { return known.ID == id }) {
		return huma.Error404NotFound("There is no edit with the id in `undoes`.")
	}
	return nil
}

// union appends to a list what is not in it yet.
// The order stays: it is that in which somebody named them.
func union(list, more []string) []string {
	for _, id := range more {
		if !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	return list
}
