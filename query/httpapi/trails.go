package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/mcptrail/mcptrail/query/trail"
	"github.com/mcptrail/mcptrail/query/wire"
)

// TrailPath names a trail, or any session or part of one that belongs to it.
type TrailPath struct {
	ID string `path:"id" maxLength:"48" pattern:"^(t-)?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}([.][0-9a-f]{8})?$" patternDescription:"a trail, or a session of it" doc:"Id of the trail, or of any session or part of one that belongs to it."`
}

type trailTimelineInput struct {
	TrailPath
	Cursor string `query:"cursor" maxLength:"200" doc:"The next of an earlier page."`
	Limit  int    `query:"limit" minimum:"1" maximum:"5000" default:"500" doc:"Operations per page."`
}

type trailEditInput struct {
	Body wire.TrailEdit
}

func (s *server) trailRoutes(api huma.API) {
	get := func(id, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: http.MethodGet, Path: path, Summary: summary,
			Errors: []int{http.StatusBadRequest, http.StatusNotFound, http.StatusServiceUnavailable, http.StatusGatewayTimeout}}
	}
	huma.Register(api, get("trails", "/api/v1/trails", "List trails that have a session which fits, newest session first"), s.trails)
	huma.Register(api, get("trail", "/api/v1/trails/{id}", "One trail: its sessions, and why they belong together"), s.trail)
	huma.Register(api, get("trail-timeline", "/api/v1/trails/{id}/timeline", "The operations of all sessions of a trail, in the order in which they began"), s.trailTimeline)
	huma.Register(api, get("trail-rules", "/api/v1/trail-rules", "The rules that join sessions, strongest first"), s.trailRules)
	huma.Register(api, get("trail-edits", "/api/v1/trail-edits", "What people said about trails, oldest first"), s.trailEdits)
	edit := get("edit-trail", "/api/v1/trail-edits", "Merge, split or name trails, or undo that. The edit is recorded with who made it, and nothing is changed or lost by it.")
	edit.Method, edit.DefaultStatus, edit.MaxBodyBytes = http.MethodPost, http.StatusCreated, maxBody
	huma.Register(api, edit, s.editTrail)
}

func (s *server) trails(ctx context.Context, in *sessionsInput) (*output[wire.Page[wire.TrailSummary]], error) {
	return read(ctx, s, "trails", func(ctx context.Context) (wire.Page[wire.TrailSummary], error) {
		found, err := s.store.Trails(ctx, in.sessionFilter(), in.Cursor, in.Limit)
		page := wire.Page[wire.TrailSummary]{Items: make([]wire.TrailSummary, len(found.Items)), Next: found.Next}
		for i, t := range found.Items {
			page.Items[i] = t.TrailSummary
		}
		return page, err
	}, func(p wire.Page[wire.TrailSummary]) int { return len(p.Items) })
}

func (s *server) trail(ctx context.Context, in *TrailPath) (*output[*wire.Trail], error) {
	return read(ctx, s, "trail", func(ctx context.Context) (*wire.Trail, error) {
		return s.store.Trail(ctx, in.ID)
	}, func(t *wire.Trail) int { return t.Sessions })
}

func (s *server) trailTimeline(ctx context.Context, in *trailTimelineInput) (*output[*wire.TrailTimeline], error) {
	ctx, cancel := context.WithTimeout(ctx, rebuildTimeout)
	defer cancel()
	t, err := s.store.Trail(ctx, in.ID)
	if err == nil {
		err = s.access.record(ctx, "trail-timeline", t.Events)
	}
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	timeline, err := s.store.TrailTimeline(ctx, t, in.Cursor, in.Limit, s.rebuild)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return &output[*wire.TrailTimeline]{timeline}, nil
}

func (s *server) trailRules(ctx context.Context, _ *struct{}) (*output[wire.TrailRules], error) {
	rules := trail.DefaultRules()
	return &output[wire.TrailRules]{wire.TrailRules{Keys: rules.Keys, Times: rules.Times}}, nil
}

func (s *server) trailEdits(ctx context.Context, _ *struct{}) (*output[wire.Page[trail.Edit]], error) {
	return read(ctx, s, "trail-edits", func(ctx context.Context) (wire.Page[trail.Edit], error) {
		edits, err := s.store.TrailEdits(ctx)
		return wire.Page[trail.Edit]{Items: edits}, err
	}, func(p wire.Page[trail.Edit]) int { return len(p.Items) })
}

func (s *server) editTrail(ctx context.Context, in *trailEditInput) (*output[trail.Edit], error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	edit, err := s.edit(ctx, &in.Body)
	if err == nil {
		err = s.access.record(ctx, "edit-trail", uint64(len(edit.Members)+len(edit.Others)))
	}
	if err == nil {
		edit, err = s.store.AddTrailEdit(ctx, edit)
	}
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return &output[trail.Edit]{edit}, nil
}

// edit makes what is asked for into what is recorded: trails into the members that
// they have now.
func (s *server) edit(ctx context.Context, in *wire.TrailEdit) (trail.Edit, error) {
	e := trail.Edit{Who: readerOf(ctx).who, Action: in.Action, Name: in.Name, Why: in.Why, Undoes: in.Undoes, Members: []string{}, Others: []string{}}
	switch {
	case in.Action == trail.Merge && len(in.Members) < 2:
		return e, huma.Error422UnprocessableEntity("To merge, name at least two members: sessions, parts of them, or trails.")
	case (in.Action == trail.Split || in.Action == trail.Name) && len(in.Members) == 0:
		return e, huma.Error422UnprocessableEntity("Name at least one member: a session, a part of one, or a trail.")
	case in.Action == trail.Undo:
		edits, err := s.store.TrailEdits(ctx)
		if err != nil {
			return e, err
		}
		if !slices.ContainsFunc(edits, func(known trail.Edit) bool { return known.ID == in.Undoes }) {
			return e, huma.Error404NotFound("There is no edit with the id in `undoes`.")
		}
		return e, nil
	}
	for _, id := range in.Members {
		t, err := s.store.Trail(ctx, id)
		if err != nil {
			return e, fmt.Errorf("reading a member of the edit: %w", err)
		}
		members := []string{id}
		if strings.HasPrefix(id, "t-") {
			members = nil
			for _, m := range t.Members {
				members = append(members, m.ID)
			}
		}
		for _, m := range members {
			if !slices.Contains(e.Members, m) {
				e.Members = append(e.Members, m)
			}
		}
		if in.Action == trail.Split {
			for _, m := range t.Members {
				if !slices.Contains(e.Others, m.ID) {
					e.Others = append(e.Others, m.ID)
				}
			}
		}
	}
	e.Others = slices.DeleteFunc(e.Others, func(id string) bool {
		return slices.Contains(e.Members, id) || slices.Contains(e.Members, trail.SessionOf(id))
	})
	if in.Action == trail.Split && len(e.Others) == 0 {
		return e, huma.Error422UnprocessableEntity("That would split nothing: the members named are the whole trail.")
	}
	return e, nil
}
