package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/client"
	"github.com/mcptrail/mcptrail/query/trail"
	"github.com/mcptrail/mcptrail/query/wire"
)

// Trails is the command.
type Trails struct {
	Choice
	Limit  most   `short:"n" default:"50" help:"Trails at most; 0 for all."`
	Cursor string `help:"Go on where an earlier list ended."`
	JSON   bool   `name:"json" help:"One JSON object a line."`
}

// Help teaches by example.
func (Trails) Help() string {
	return `A trail is the whole workflow of one agent: sessions that belong together by the keys that were seen on them. The flags
choose by session: a trail is listed if one of its sessions fits. CONFIDENCE is that of the weakest join it needs: exact (the
server chose the key), reported (the client did), derived or inferred (no key, only who and when).

  mcptrail trails --since 2h                    what agents did in the last two hours
  mcptrail show t-8a3f9c21d0b4                  what is in one, and why
  mcptrail trails --json | jq 'select(.confidence == "inferred") | .id'`
}

// Run lists trails.
// Conditions choose by session, and the row is of the whole trail: a count in it may be of
// sessions that do not fit.
func (c *Trails) Run(ctx context.Context, api *client.Client, screen *Screen) error {
	var rows [][]cell
	next, err := pages(int(c.Limit), c.Cursor,
		func(cursor string, limit int) (wire.Page[wire.TrailSummary], error) {
			return api.Trails(ctx, c.session(), cursor, limit)
		},
		func(t wire.TrailSummary) error {
			if c.JSON {
				return screen.json(t)
			}
			rows = append(rows, trailRow(t))
			return nil
		})
	if err != nil {
		return err
	}
	if !c.JSON && len(rows) > 0 {
		screen.table([]column{{title: "ID"}, {title: "STARTED"}, {title: "LASTED", right: true}, {title: "AGENT", soft: true}, {title: "SERVERS", soft: true},
			{title: "WHO", soft: true}, {title: "SESSIONS", right: true}, {title: "REQUESTS", right: true}, {title: "ERRORS", right: true}, {title: "CONFIDENCE"}}, rows)
	}
	if !c.JSON && len(rows) == 0 {
		fmt.Fprintln(screen.Notes, "No trail fits.")
	}
	return more(screen, "trails", next)
}

// trailRow is one trail in the columns of the list.
func trailRow(t wire.TrailSummary) []cell {
	errors := cell{fmt.Sprint(t.Errors), plain}
	if t.Errors > 0 {
		errors.colour = red
	}
	return []cell{{shortTrail(t.ID), bold}, {clock(t.Started), plain}, {lasted(t.Ended.Sub(t.Started)), plain},
		{printable(or(several(t.Clients, peer), "-")), plain}, {printable(or(strings.Join(t.Servers, ", "), "-")), plain},
		{printable(or(several(t.Principals, who), "-")), plain}, {fmt.Sprint(t.Sessions), plain}, {fmt.Sprint(t.Operations), plain}, errors, confidence(t)}
}

// shortTrail is the short form of a trail's id.
// A part of a session, behind a dot, stays whole: it is short, and two parts of one session
// differ in nothing else.
func shortTrail(id string) string {
	session, part, found := strings.Cut(strings.TrimPrefix(id, "t-"), ".")
	if found {
		part = "." + part
	}
	return "t-" + client.ShortID(session) + part
}

// several is the names of all, on one line.
func several[T any](all []T, name func(T) string) string {
	var names []string
	for _, one := range all {
		names = append(names, name(one))
	}
	return strings.Join(names, ", ")
}

// confidence says how sure it is that the sessions belong together: green for keys,
// yellow where only time speaks, something contradicts it, or not all was read.
func confidence(t wire.TrailSummary) cell {
	text := string(t.Confidence)
	if t.Conflicts > 0 {
		text += ", " + count(uint64(t.Conflicts), "conflict")
	}
	if t.Truncated {
		text += ", not all of it"
	}
	switch {
	case t.Conflicts > 0, t.Truncated, t.Confidence == trail.Inferred:
		return cell{text, yellow}
	case t.Confidence == trail.Exact, t.Confidence == trail.Reported:
		return cell{text, green}
	}
	return cell{text, plain}
}

// showTrail prints a trail: its sessions, why they belong together, what was done.
// Unlike that of a session, its exit status says nothing of the record: the table has the
// state of each session, and verify the reasons.
func (c *Show) showTrail(ctx context.Context, api *client.Client, screen *Screen, id string) error {
	t, err := api.Trail(ctx, id)
	if err != nil {
		return err
	}
	whole, err := wholeTrail(ctx, api, t.ID)
	if err != nil {
		return err
	}
	operations := whole.Operations
	if c.JSON {
		return screen.json(struct {
			*wire.Trail
			Timeline []wire.TrailOperation `json:"timeline"`
			Facts    []wire.TrailFact      `json:"facts"`
			Proved   []wire.TrailSession   `json:"proved"`
		}{t, operations, whole.Facts, whole.Sessions})
	}
	printTrail(screen, t, whole.Sessions)
	if c.Tree {
		all := make([]query.Operation, len(operations))
		for i := range operations {
			all[i] = operations[i].Operation
		}
		fmt.Fprintln(screen)
		printTree(screen, all)
		return nil
	}
	printTrailOperations(screen, t, operations)
	return nil
}

// wholeTrail reads all pages of a trail's timeline as one.
func wholeTrail(ctx context.Context, api *client.Client, id string) (*wire.TrailTimeline, error) {
	all := &wire.TrailTimeline{Facts: []wire.TrailFact{}}
	for cursor := ""; ; {
		// The largest page of the service: the timeline is needed whole before a line is printed,
		// because a cause may stand in another session.
		page, err := api.TrailTimeline(ctx, id, cursor, 5000)
		if err != nil {
			return nil, err
		}
		all.Operations, all.Facts = append(all.Operations, page.Operations...), append(all.Facts, page.Facts...)
		for _, s := range page.Sessions {
			// Each page repeats the sessions that it touches.
			if !slices.ContainsFunc(all.Sessions, func(known wire.TrailSession) bool { return known.SessionID == s.SessionID }) {
				all.Sessions = append(all.Sessions, s)
			}
		}
		if cursor = page.Next; cursor == "" {
			return all, nil
		}
	}
}

// printTrail prints the sessions of a trail, each with the first join that brings it
// in, then what speaks against it and what people said.
func printTrail(screen *Screen, t *wire.Trail, proved []wire.TrailSession) {
	// A session that no page had has no state, and its cell is empty: nothing is claimed of it.
	states := map[string]cell{}
	for _, s := range proved {
		states[s.SessionID] = cell{s.Integrity.State, map[string]colour{query.Broken: red, query.Verified: green}[s.Integrity.State]}
	}
	fmt.Fprintf(screen, "%s  %s\n", screen.paint("trail", dim), screen.paint(printable(strings.TrimSpace(t.ID+" "+t.Name)), bold))
	c := confidence(t.TrailSummary)
	fmt.Fprintf(screen, "%s  %s, %s\n", screen.paint("state", dim), count(uint64(t.Sessions), "session"), screen.paint(c.text, c.colour))
	var rows [][]cell
	for i, s := range t.SessionList {
		why := "first"
		colour := dim
		// Joins come strongest first, so the first that fits is the best reason. The first session
		// of the list needs none.
		for _, j := range t.Joins {
			if i > 0 && trail.SessionOf(j.B) == s.ID {
				why, colour = fmt.Sprintf("%s, %s: %s", j.Rule, j.Confidence, j.Why), plain
				break
			}
		}
		rows = append(rows, []cell{{fmt.Sprint(i + 1), dim}, {client.ShortID(s.ID), bold}, {clock(s.Started), plain},
			{printable(or(server(s.Session), "-")), plain}, {fmt.Sprint(s.Operations), plain}, states[s.ID], {printable(why), colour}})
	}
	fmt.Fprintln(screen)
	screen.table([]column{{title: "#", right: true}, {title: "SESSION"}, {title: "STARTED"}, {title: "SERVER", soft: true}, {title: "REQUESTS", right: true}, {title: "RECORD"}, {title: "WHY IT BELONGS"}}, rows)
	for _, conflict := range t.ConflictList {
		fmt.Fprintf(screen, "%s %s\n", screen.paint("conflict:", yellow), printable(strings.TrimSpace(conflict.Rule+" "+conflict.Value)+": "+conflict.Why))
	}
	for _, e := range t.Edits {
		fmt.Fprintf(screen, "%s %s\n", screen.paint("edit:", dim), printable(fmt.Sprintf("%s by %s at %s %s", e.Action, e.Who, clock(e.Time), e.Why)))
	}
}

// printTrailOperations prints the operations of all sessions, at their time since the
// trail began, each with the number of its session.
func printTrailOperations(screen *Screen, t *wire.Trail, operations []wire.TrailOperation) {
	number := map[string]int{}
	for i, s := range t.SessionList {
		number[s.ID] = i + 1
	}
	// operationRow counts time from a session's start; the trail's start puts all sessions on
	// one axis. Their collectors' clocks may differ, which the joins say.
	whole := query.Session{Started: t.Started}
	all := make([]query.Operation, len(operations))
	for i := range operations {
		all[i] = operations[i].Operation
	}
	depth := depths(all)
	var rows [][]cell
	for i := range operations {
		rows = append(rows, append([]cell{{fmt.Sprint(number[operations[i].SessionID]), dim}}, operationRow(whole, operations[i].Operation, depth[operations[i].ID])...))
	}
	fmt.Fprintln(screen)
	screen.table(append([]column{{title: "#", right: true}}, timelineColumns...), rows)
}
