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

// TrailTimeline rebuilds trails.
type TrailTimeline struct{ inherited *inheritedDefinitions }

// Page gives a page of the operations of a trail in the order in which they began. It
// rebuilds the sessions that the page reaches into and no others. An empty cursor is
// the first page; the error is [ErrCursor] for one that was not made here.
func (s *TrailTimeline) Page(ctx context.Context, t *wire.Trail, cursor string, limit int, rebuild Rebuild) (*wire.TrailTimeline, error) {
	p := trailPage{first: cursor == "", limit: limit, operations: []wire.TrailOperation{}}
	p.answer = &wire.TrailTimeline{Trail: t.TrailSummary, Facts: []wire.TrailFact{}, Sessions: []wire.TrailSession{}, Gaps: []wire.TrailGap{}}
	if !p.first {
		var err error
		if p.from, err = parseCursor(cursor); err != nil {
			return nil, err
		}
	}
	for _, session := range t.SessionList {
		// Sessions come by their beginning: none that follows has an operation before this one.
		if p.full(session.Started) {
			break
		}
		// Everything of it was on an earlier page.
		if session.Ended.UnixNano() < p.from.time {
			continue
		}
		tl, err := rebuild(ctx, uuid.MustParse(session.ID))
		if err == nil {
			err = s.inherited.into(ctx, tl, session, t)
		}
		if err != nil {
			return nil, err
		}
		p.add(session, tl, partsOf(t.Members, session.ID))
	}
	return p.finish(), nil
}

// trailPage collects a page of a trail, session by session. It may hold more than a
// page: operations of different sessions are sorted only once all are there.
type trailPage struct {
	answer *wire.TrailTimeline
	// from is where the page before ended, without meaning on the first.
	from  pageKey
	first bool
	limit int
	// operations of all sessions so far that belong on this page or a later one.
	operations []wire.TrailOperation
}

// full reports whether the page is full of operations that began before a moment.
func (p *trailPage) full(before time.Time) bool {
	n := 0
	for i := range p.operations {
		if p.operations[i].Started.Before(before) {
			n++
		}
	}
	return n > p.limit
}

// add takes what of a session's timeline belongs to the trail, all of it without parts.
func (p *trailPage) add(session wire.SessionSummary, tl *query.Timeline, parts []trail.Part) {
	for _, op := range tl.Operations {
		o := wire.TrailOperation{SessionID: session.ID, Upstream: session.Upstream, Operation: op}
		if belongs(&op, parts) && (p.first || p.from.before(&o)) {
			p.operations = append(p.operations, o)
		}
	}
	p.answer.Sessions = append(p.answer.Sessions, wire.TrailSession{SessionID: session.ID, Integrity: tl.Integrity})
	for _, f := range tl.Facts {
		if p.first || f.Time.UnixNano() >= p.from.time {
			p.answer.Facts = append(p.answer.Facts, wire.TrailFact{SessionID: session.ID, Upstream: session.Upstream, Fact: f})
		}
	}
	if session.Started.UnixNano() >= p.from.time {
		for _, g := range tl.Gaps {
			p.answer.Gaps = append(p.answer.Gaps, wire.TrailGap{SessionID: session.ID, Gap: g})
		}
	}
}

// finish sorts what was collected and cuts it to the page.
func (p *trailPage) finish() *wire.TrailTimeline {
	slices.SortStableFunc(p.operations, compareOperations)
	// Before the cut, so that a repeat just behind the page is found.
	markRetries(p.operations)
	if len(p.operations) > p.limit {
		last := &p.operations[p.limit-1]
		p.answer.Next = pageKey{time: last.Started.UnixNano(), session: uuid.MustParse(last.SessionID), seq: last.Seq}.cursor()
		p.operations = p.operations[:p.limit]
		// Facts belong to the page whose operations surround them; these come with the next one.
		p.answer.Facts = slices.DeleteFunc(p.answer.Facts, func(f wire.TrailFact) bool { return !f.Time.Before(last.Started) })
	}
	slices.SortStableFunc(p.answer.Facts, func(a, b wire.TrailFact) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.SessionID, b.SessionID), cmp.Compare(a.Seq, b.Seq))
	})
	p.answer.Operations = p.operations
	return p.answer
}

// markRetries finds calls that were repeated in another session of one upstream: a client
// that lost its connection may repeat on a new one what the server has done already.
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

// compareOperations orders operations of different sessions by time. Clocks of
// different hosts differ, so the order between sessions is what the record states, not
// what is proven.
func compareOperations(a, b wire.TrailOperation) int {
	return cmp.Or(a.Started.Compare(b.Started), cmp.Compare(a.SessionID, b.SessionID), cmp.Compare(a.Seq, b.Seq))
}

// before reports whether a page that ended here comes before the operation.
func (p pageKey) before(o *wire.TrailOperation) bool {
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

// belongs reports whether an operation is in one of the parts: it carries the key with
// that value, or does not carry the key at all. A session that several workflows share is
// divided into parts by a key; what carries none belongs to all of them.
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
