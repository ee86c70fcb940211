package clickhouse

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/rebuild"
	"github.com/mcptrail/mcptrail/query/trail"
	"github.com/mcptrail/mcptrail/query/wire"
)

// Rebuild makes the timeline of one session.
type Rebuild func(ctx context.Context, session uuid.UUID) (*query.Timeline, error)

// Unchecked is a Rebuild that looks at no seal.
func (s *Store) Unchecked(ctx context.Context, session uuid.UUID) (*query.Timeline, error) {
	return rebuild.Timeline(query.Hashed(s.Events(ctx, session, Part{Bodies: true})))
}

// TrailTimeline gives a page of the operations of a trail in the order in which they
// began. It rebuilds the sessions that the page reaches into and no others.
func (s *Store) TrailTimeline(ctx context.Context, t *wire.Trail, cursor string, limit int, rebuild Rebuild) (*wire.TrailTimeline, error) {
	page := &wire.TrailTimeline{Trail: t.TrailSummary, Operations: []wire.TrailOperation{}, Facts: []wire.TrailFact{}, Sessions: []wire.TrailSession{}, Gaps: []wire.TrailGap{}}
	var from place
	if cursor != "" {
		var err error
		if from, err = parseCursor(cursor); err != nil {
			return nil, err
		}
	}
	waiting := []wire.TrailOperation{}
	for _, session := range t.SessionList {
		if enough(waiting, session.Started, limit) {
			break
		}
		if session.Ended.UnixNano() < from.time {
			continue
		}
		tl, err := rebuild(ctx, uuid.MustParse(session.ID))
		if err == nil {
			err = s.inherit(ctx, session, t, tl)
		}
		if err != nil {
			return nil, err
		}
		parts := partsOf(t.Members, session.ID)
		for _, op := range tl.Operations {
			o := wire.TrailOperation{SessionID: session.ID, Upstream: session.Upstream, Operation: op}
			if belongs(&op, parts) && (cursor == "" || from.before(&o)) {
				waiting = append(waiting, o)
			}
		}
		page.Sessions = append(page.Sessions, wire.TrailSession{SessionID: session.ID, Integrity: tl.Integrity})
		for _, f := range tl.Facts {
			if cursor == "" || f.Time.UnixNano() >= from.time {
				page.Facts = append(page.Facts, wire.TrailFact{SessionID: session.ID, Upstream: session.Upstream, Fact: f})
			}
		}
		if session.Started.UnixNano() >= from.time {
			for _, g := range tl.Gaps {
				page.Gaps = append(page.Gaps, wire.TrailGap{SessionID: session.ID, Gap: g})
			}
		}
	}
	slices.SortStableFunc(waiting, compareOperations)
	markRetries(waiting)
	if len(waiting) > limit {
		last := &waiting[limit-1]
		page.Next = place{time: last.Started.UnixNano(), session: uuid.MustParse(last.SessionID), seq: last.Seq}.cursor()
		waiting = waiting[:limit]
		page.Facts = slices.DeleteFunc(page.Facts, func(f wire.TrailFact) bool { return !f.Time.Before(last.Started) })
	}
	slices.SortStableFunc(page.Facts, func(a, b wire.TrailFact) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.SessionID, b.SessionID), cmp.Compare(a.Seq, b.Seq))
	})
	page.Operations = waiting
	return page, nil
}

// markRetries finds calls that were tried again in another session of one upstream.
func markRetries(operations []wire.TrailOperation) {
	at := map[string][]int{}
	for i := range operations {
		at[operations[i].Upstream] = append(at[operations[i].Upstream], i)
	}
	for _, places := range at {
		of := make([]query.Operation, len(places))
		for n, i := range places {
			of[n] = operations[i].Operation
		}
		rebuild.MarkRetries(of)
		for n, i := range places {
			operations[i].Operation = of[n]
		}
	}
}

// enough reports whether the page is full of operations that began before a moment.
func enough(waiting []wire.TrailOperation, before time.Time, limit int) bool {
	n := 0
	for i := range waiting {
		if waiting[i].Started.Before(before) {
			n++
		}
	}
	return n > limit
}

func compareOperations(a, b wire.TrailOperation) int {
	return cmp.Or(a.Started.Compare(b.Started), cmp.Compare(a.SessionID, b.SessionID), cmp.Compare(a.Seq, b.Seq))
}

// before reports whether a page that ended here comes before the operation.
func (p place) before(o *wire.TrailOperation) bool {
	return cmp.Or(cmp.Compare(p.time, o.Started.UnixNano()), cmp.Compare(p.session.String(), o.SessionID), cmp.Compare(p.seq, o.Seq)) < 0
}

// partsOf returns the parts of a session that belong to a trail, none for all of it.
func partsOf(members []trail.Member, session string) (parts []trail.Part) {
	for _, m := range members {
		if m.SessionID == session && m.Part != nil {
			parts = append(parts, *m.Part)
		}
	}
	return parts
}

// belongs reports whether an operation is in one of the parts: it carries the key
// with that value, or with none.
func belongs(op *query.Operation, parts []trail.Part) bool {
	if len(parts) == 0 {
		return true
	}
	named := false
	for _, k := range op.Keys {
		for _, p := range parts {
			if k.Name == p.Key {
				named = true
				if k.Value == p.Value {
					return true
				}
			}
		}
	}
	return !named
}
