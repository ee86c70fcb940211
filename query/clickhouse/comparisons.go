package clickhouse

import (
	"context"
	"fmt"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/compare"
	"github.com/mcptrail/mcptrail/query/rebuild"
	"github.com/mcptrail/mcptrail/query/wire"
)

// maxArguments bounds the pairs whose arguments are compared member by member.
const maxArguments = 500

// Comparisons align what two runs of an agent did.
type Comparisons struct {
	tenant
	sessions      *Sessions
	timelines     *Timelines
	trails        *Trails
	trailTimeline *TrailTimeline
}

// Compare aligns two sessions or trails, by their ids; a is the older run. It reads whole
// timelines and the bodies of what differs, but no seal. The error is [ErrNoSession] or
// [ErrNoTrail] for an id that there is not.
func (s *Comparisons) Compare(ctx context.Context, a, b string) (*wire.Comparison, error) {
	c := &wire.Comparison{Pairs: []wire.ComparedPair{}}
	x, err := s.run(ctx, a, &c.A)
	if err != nil {
		return nil, err
	}
	y, err := s.run(ctx, b, &c.B)
	if err != nil {
		return nil, err
	}
	pairs := compare.Align(operations(x), operations(y))
	if err := s.compareArguments(ctx, pairs, x, y); err != nil {
		return nil, err
	}
	for _, p := range pairs {
		pair := wire.ComparedPair{Kind: "same", Differences: p.Differences}
		count := &c.Same
		switch {
		case p.B < 0:
			pair.Kind, count = "removed", &c.Removed
		case p.A < 0:
			pair.Kind, count = "added", &c.Added
		case len(p.Differences) > 0:
			pair.Kind, count = "changed", &c.Changed
		}
		*count++
		if p.A >= 0 {
			pair.A = wire.Compared(&x[p.A])
		}
		if p.B >= 0 {
			pair.B = wire.Compared(&y[p.B])
		}
		c.Pairs = append(c.Pairs, pair)
	}
	return c, nil
}

// operations are those of a trail without the sessions they are in.
func operations(of []wire.TrailOperation) []query.Operation {
	all := make([]query.Operation, len(of))
	for i := range of {
		all[i] = of[i].Operation
	}
	return all
}

// run reads the operations of a session or a trail, up to [compare.MaxCompared], and
// fills in the side. Ids of trails begin with "t-".
func (s *Comparisons) run(ctx context.Context, id string, side *wire.ComparedRun) ([]wire.TrailOperation, error) {
	if strings.HasPrefix(id, "t-") {
		t, err := s.trails.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		*side = wire.ComparedRun{ID: t.ID, Started: t.Started, Ended: t.Ended, Sessions: t.Sessions, Clients: t.Clients, Servers: t.Servers}
		// A comparison says nothing of integrity, so no seal is read.
		page, err := s.trailTimeline.Page(ctx, t, "", compare.MaxCompared, s.timelines.Unchecked)
		if err != nil {
			return nil, err
		}
		side.Operations, side.Truncated = len(page.Operations), page.Next != ""
		return page.Operations, nil
	}
	session, err := uuid.Parse(id)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrNoSession, id)
	}
	summary, err := s.sessions.Get(ctx, session)
	if err != nil {
		return nil, err
	}
	t, err := s.timelines.Get(ctx, summary, 0, compare.MaxCompared)
	if err != nil {
		return nil, err
	}
	*side = wire.ComparedRun{ID: summary.ID, Started: summary.Started, Ended: summary.Ended, Sessions: 1, Operations: len(t.Operations), Truncated: t.NextSeq != nil,
		Clients: []query.Peer{summary.Client}, Servers: []string{summary.Upstream}}
	all := make([]wire.TrailOperation, len(t.Operations))
	for i, op := range t.Operations {
		all[i] = wire.TrailOperation{SessionID: summary.ID, Upstream: summary.Upstream, Operation: op}
	}
	return all, nil
}

// compareArguments replaces "the arguments differ" by where they do. Timelines hold only
// the content address of arguments, so the bodies are read here, of the first pairs.
func (s *Comparisons) compareArguments(ctx context.Context, pairs []compare.Pair, x, y []wire.TrailOperation) error {
	var sessions []string
	var seqs []uint64
	want := func(o *wire.TrailOperation) {
		sessions, seqs = append(sessions, o.SessionID), append(seqs, o.Seq)
	}
	differ := func(p *compare.Pair) bool {
		return len(p.Differences) > 0 && p.Differences[0].What == query.DiffersArguments
	}
	for i := range pairs {
		// Later pairs keep "the arguments differ" without the members.
		if p := &pairs[i]; differ(p) && len(seqs) < 2*maxArguments {
			want(&x[p.A])
			want(&y[p.B])
		}
	}
	if len(seqs) == 0 {
		return nil
	}
	// One statement for all pairs: 500 single reads would take a round trip each.
	bodies, err := s.payloads(ctx, sessions, seqs)
	if err != nil {
		return err
	}
	of := func(o *wire.TrailOperation) []byte {
		return rebuild.Arguments(bodies[eventKey{session: uuid.MustParse(o.SessionID), seq: o.Seq}])
	}
	for i := range pairs {
		if p := &pairs[i]; differ(p) {
			p.Differences[0].Changes = compare.Changes(of(&x[p.A]), of(&y[p.B]))
		}
	}
	return nil
}

// payloads reads the bodies of some events, named by two lists of one length.
func (s *Comparisons) payloads(ctx context.Context, sessions []string, seqs []uint64) (map[eventKey][]byte, error) {
	w := s.where()
	w.set("sessions", sessions)
	w.set("seqs", seqs)
	// Two arrays are zipped in the statement, because the driver binds no array of tuples.
	w.conditions = append(w.conditions, `(session_id, seq) IN (SELECT t.1, t.2 FROM (
		SELECT arrayJoin(arrayZip({sessions:Array(UUID)}, {seqs:Array(UInt64)})) AS t))`)
	bodies := map[eventKey][]byte{}
	err := s.each(ctx, "reading bodies", "SELECT session_id, seq, payload FROM events WHERE "+w.String()+" LIMIT 1 BY session_id, seq", w.parameters, func(row driver.Rows) error {
		var k eventKey
		var body string
		err := row.Scan(&k.session, &k.seq, &body)
		bodies[k] = []byte(body)
		return err
	})
	return bodies, err
}

// eventKey names an event of any session.
type eventKey struct {
	session uuid.UUID
	seq     uint64
}
