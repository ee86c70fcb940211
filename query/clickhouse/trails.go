package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query/trail"
	"github.com/mcptrail/mcptrail/query/wire"
)

// ErrNoTrail says that the tenant has no such trail, session or part of one.
var ErrNoTrail = errors.New("no such trail")

// Trails finds trails: sessions that belong to one workflow, by the rules in force.
type Trails struct {
	tenant
	sessions *Sessions
	edits    *TrailEdits
}

// Get finds the trail of a session, of a part of one, or by its own id. It reads
// the tables of sessions and keys, and never an event.
func (s *Trails) Get(ctx context.Context, id string) (*wire.Trail, error) {
	session, err := uuid.Parse(trail.SessionOf(id))
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrNoTrail, id)
	}
	found, err := s.search(ctx, []uuid.UUID{session})
	if err != nil {
		return nil, err
	}
	for _, t := range found.trails {
		if t.Holds(id) {
			return found.whole(t), nil
		}
	}
	return nil, fmt.Errorf("%w: %s", ErrNoTrail, id)
}

// maxSteps bounds the pages of sessions that one page of trails reads. Where most sessions
// belong to few trails, a page is shorter than its limit and has a cursor all the same.
const maxSteps = 6

// List gives the trails of which a session fits the filter, newest session first.
// Each stands where the newest of its sessions that fits stands, so that pages that
// follow a cursor show it once.
func (s *Trails) List(ctx context.Context, f wire.Filter, cursor string, limit int) (wire.Page[*wire.Trail], error) {
	page := wire.Page[*wire.Trail]{Items: []*wire.Trail{}}
	for range maxSteps {
		// More sessions than trails are wanted, since several belong to one; not many more, since
		// a search is made around each.
		batch, err := s.sessions.List(ctx, f, cursor, min(500, max(2*limit, 60)))
		if err != nil {
			return page, err
		}
		last, err := s.ofBatch(ctx, f, cursor, batch.Items, limit, &page)
		if err != nil {
			return page, err
		}
		// The page is full in the middle of the batch: the next one begins there.
		if last < len(batch.Items)-1 {
			page.Next = afterSession(batch.Items[last])
			return page, nil
		}
		if cursor = batch.Next; cursor == "" || len(page.Items) >= limit {
			break
		}
	}
	page.Next = cursor
	return page, nil
}

// ofBatch appends the trails whose place is among the sessions of a batch, and returns
// the index of the last session that it came to. A trail stands where its newest session
// that fits stands: one with a newer one was on an earlier page.
func (s *Trails) ofBatch(ctx context.Context, f wire.Filter, cursor string, batch []wire.SessionSummary, limit int, page *wire.Page[*wire.Trail]) (int, error) {
	if len(batch) == 0 {
		return -1, nil
	}
	seeds := make([]uuid.UUID, len(batch))
	for i := range batch {
		seeds[i] = uuid.MustParse(batch[i].ID)
	}
	found, err := s.search(ctx, seeds)
	if err != nil {
		return 0, err
	}
	listed, err := s.listed(ctx, f, cursor, found)
	if err != nil {
		return 0, err
	}
	given := map[*trail.Trail]bool{}
	for i := range batch {
		// The session at i was not looked at, so the page ends before it.
		if len(page.Items) >= limit {
			return i - 1, nil
		}
		for _, t := range found.trails {
			if given[t] || !t.Holds(batch[i].ID) {
				continue
			}
			given[t] = true
			if !slices.ContainsFunc(t.Members, func(m trail.Member) bool { return listed[m.SessionID] }) {
				page.Items = append(page.Items, found.whole(t))
			}
		}
	}
	return len(batch) - 1, nil
}

// listed are the sessions of the trails that stood on an earlier page.
func (s *Trails) listed(ctx context.Context, f wire.Filter, cursor string, found *trailSearch) (map[string]bool, error) {
	listed := map[string]bool{}
	if cursor == "" {
		return listed, nil
	}
	p, err := parseCursor(cursor)
	if err != nil {
		return nil, err
	}
	w := s.where()
	w.add("(started, session_id) >= ("+moment("before")+", {before_id:UUID})", "before", p.time)
	w.set("before_id", p.session)
	w.add("session_id IN {members:Array(UUID)}", "members", found.ids())
	w.sessionFilter(f)
	err = s.each(ctx, "listing trails", "SELECT session_id FROM sessions WHERE "+w.String(), w.parameters, func(row driver.Rows) error {
		var id uuid.UUID
		err := row.Scan(&id)
		listed[id.String()] = true
		return err
	})
	return listed, err
}
