package clickhouse_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/deploy/testbed"
	"github.com/mcptrail/mcptrail/query/clickhouse"
	"github.com/mcptrail/mcptrail/query/recordtest"
	"github.com/mcptrail/mcptrail/query/verify"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/schematest"
	"github.com/mcptrail/mcptrail/schema/seal/sealtest"
)

var begin = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func event(session uuid.UUID, seq uint64, kind schema.Kind) *schema.Event {
	return &schema.Event{SessionID: session, Seq: seq, Kind: kind, Time: begin.UnixNano() + int64(seq), Basis: schema.BasisStdio,
		Payload: fmt.Appendf(nil, `{"n":%d}`, seq)}
}

func say(r *verify.Report) string {
	var b strings.Builder
	for i := range r.Problems {
		fmt.Fprintf(&b, "\n  %s %s", r.Problems[i].Severity, &r.Problems[i])
	}
	return b.String()
}

// store is a real one that is tampered with by SQL.
type store struct {
	t         *testing.T
	record    *recordtest.Record
	collector *sealtest.Collector
	// session has an event with every field set: a gap at seq 12, another at 13.
	session, other uuid.UUID
	events         []*schema.Event
}

func newStore(t *testing.T) *store {
	s := &store{t: t, record: recordtest.New(t, testbed.ClickHouse(t).Options), collector: sealtest.New("acme", "laptop"),
		session: uuid.MustParse("0193a000-0000-7000-8000-000000000002"), other: uuid.MustParse("0193a000-0000-7000-8000-000000000003")}
	e := s.collector.Epoch(begin.UnixNano())
	var events []*schema.Event
	for n := range uint64(7) {
		events = append(events, event(s.session, n, schema.KindRequest), event(s.other, n, schema.KindRequest))
	}
	gap, full := schematest.Full(), schematest.Full()
	full.Kind, full.Gap, full.Seq = schema.KindAnswer, nil, 13
	events = append(events, gap, full, event(s.session, 14, schema.KindClose), event(s.other, 7, schema.KindClose))
	e.Add(events[:9]...)
	first := e.Seal(false)
	e.Add(events[9:]...)
	s.record.Store(t, events...)
	s.events = events
	s.record.Seal(t, first, e.Seal(false), e.Seal(true))
	for _, table := range []string{"events", "seals"} {
		s.do("CREATE TABLE saved_" + table + " AS " + table)
		s.do("INSERT INTO saved_" + table + " SELECT * FROM " + table)
	}
	return s
}

func (s *store) do(statement string) {
	s.t.Helper()
	if err := s.record.Conn.Exec(s.t.Context(), statement); err != nil {
		s.t.Fatalf("%s: %v", statement, err)
	}
}

// restore puts both tables back as they were.
func (s *store) restore() {
	for _, table := range []string{"events", "seals"} {
		s.do("TRUNCATE TABLE " + table)
		s.do("INSERT INTO " + table + " SELECT * FROM saved_" + table)
	}
}

func (s *store) verify(sel clickhouse.Selection) *verify.Report {
	s.t.Helper()
	r, err := clickhouse.New(s.record.Conn, "acme").Evidence.Select(s.t.Context(), sel)
	if err != nil {
		s.t.Fatal(err)
	}
	v := verify.New(verify.Options{Trusted: s.collector.Trusted(), Session: sel.Session, Whole: sel == (clickhouse.Selection{}), Now: time.Now()})
	for one, err := range r.ReadSeals(s.t.Context()) {
		if err != nil {
			s.t.Fatal(err)
		}
		v.AddSeal(verify.Run{Note: one.Note, Certificate: one.Certificate, Leaves: one.Leaves, Stray: one.Stray})
	}
	for e, err := range r.ReadEvents(s.t.Context()) {
		if err != nil {
			s.t.Fatal(err)
		}
		v.AddEvent(e.Append(nil), &e.Location)
	}
	return v.Finish()
}

// untampered is what every check begins and ends with. The one gap is incomplete.
func (s *store) untampered() {
	s.t.Helper()
	for name, sel := range map[string]clickhouse.Selection{"everything": {}, "a session": {Session: s.session},
		"a time": {From: begin.Add(-time.Hour), To: begin.Add(time.Hour)}} {
		if r := s.verify(sel); r.Mismatches+r.Untrusted > 0 || r.Incomplete != 1 || r.State != verify.StateVerified {
			s.t.Fatalf("%s untampered is %s, %+v%s", name, r.State, r, say(r))
		}
	}
}

// edited is an expression that changes any value of a type.
func edited(column, kind string) string {
	c := "`" + column + "`"
	kind = strings.TrimSuffix(strings.TrimPrefix(kind, "LowCardinality("), ")")
	switch {
	case strings.HasPrefix(kind, "Array(UInt"):
		return "arrayMap(x -> x + 1, " + c + ")"
	case strings.HasPrefix(kind, "Array("):
		return "arrayMap(x -> concat(x, 'x'), " + c + ")"
	case strings.HasPrefix(kind, "FixedString"):
		return "toFixedString(unhex(concat('ff', substring(hex(" + c + "), 3))), 32)"
	case strings.HasPrefix(kind, "DateTime64(3"):
		return c + " + toIntervalMillisecond(1)"
	case strings.HasPrefix(kind, "DateTime64"):
		return c + " + toIntervalNanosecond(1)"
	case kind == "UUID":
		return "toUUID('00000000-0000-7000-8000-00000000000f')"
	case kind == "Bool":
		return "NOT " + c
	case strings.HasPrefix(kind, "UInt"), strings.HasPrefix(kind, "Int"):
		return c + " + 1"
	}
	return "concat(" + c + ", 'x')"
}

// column of the table events.
type column struct {
	name, kind string
	// key says that the engine does not update it.
	key uint8
}

// columns are the engine's own list, so that one that comes later is tested too.
func columns(t *testing.T, record *recordtest.Record) (all []column) {
	found, err := record.Conn.Query(t.Context(), "SELECT name, type, is_in_sorting_key OR is_in_partition_key FROM system.columns WHERE database = currentDatabase() AND table = 'events' ORDER BY position")
	if err != nil {
		t.Fatal(err)
	}
	for found.Next() {
		var c column
		if err := found.Scan(&c.name, &c.kind, &c.key); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	if len(all) < 60 {
		t.Fatalf("%d columns", len(all))
	}
	return all
}

// TestAnEditOfAnyColumnIsFound edits one column each of as many sessions: of an event
// that is a gap with every field set (seq 12), and of the one after it, which is like
// it and no gap.
func TestAnEditOfAnyColumnIsFound(t *testing.T) {
	s := &store{t: t, record: recordtest.New(t, testbed.ClickHouse(t).Options), collector: sealtest.New("acme", "laptop")}
	columns := columns(t, s.record)
	epoch := s.collector.Epoch(begin.UnixNano())
	for i := range columns {
		id := recordtest.ID(i)
		gap, full := schematest.Full(), schematest.Full()
		gap.Gap.From, gap.Gap.Count = 3, 9
		full.Kind, full.Gap, full.Seq = schema.KindAnswer, nil, 13
		gap.SessionID, full.SessionID = id, id
		events := []*schema.Event{event(id, 0, schema.KindOpen), event(id, 1, schema.KindRequest), event(id, 2, schema.KindAnswer), gap, full, event(id, 14, schema.KindClose)}
		epoch.Add(events...)
		s.events = append(s.events, events...)
	}
	s.record.Store(t, s.events...)
	s.record.Seal(t, epoch.Seal(true))
	s.do("CREATE TABLE saved_events AS events")
	s.do("INSERT INTO saved_events SELECT * FROM events")
	if r := s.verify(clickhouse.Selection{}); r.Mismatches > 0 || r.State != verify.StateVerified {
		t.Fatalf("untampered: %s", say(r))
	}

	var updates []string
	for i, c := range columns {
		rows := fmt.Sprintf("session_id = '%s' AND seq IN (12, 13)", recordtest.ID(i))
		if c.key == 0 {
			updates = append(updates, fmt.Sprintf("UPDATE `%s` = %s WHERE %s", c.name, edited(c.name, c.kind), rows))
			continue
		}
		updates = append(updates, "DELETE WHERE "+rows)
	}
	s.do("ALTER TABLE events " + strings.Join(updates, ", ") + " SETTINGS mutations_sync = 2")
	for i, c := range columns {
		if c.key != 0 { // The engine does not update a key: the rows are written anew.
			s.do(fmt.Sprintf("INSERT INTO events SELECT * REPLACE (%s AS `%s`) FROM (SELECT * FROM saved_events WHERE session_id = '%s' AND seq IN (12, 13))",
				edited(c.name, c.kind), c.name, recordtest.ID(i)))
		}
	}
	whole, named := s.verify(clickhouse.Selection{}), 0
	for i, c := range columns {
		at := uint64(6*i + 3)
		for n := range uint64(2) {
			if !covers(whole, at+n, recordtest.ID(i).String(), 12+n) {
				t.Errorf("%s edited: nothing is said of collector_seq %d, seq %d", c.name, at+n, 12+n)
			}
		}
		one := s.verify(clickhouse.Selection{Session: recordtest.ID(i)})
		if one.Status() != 1 {
			t.Errorf("%s edited: the session has status %d%s", c.name, one.Status(), say(one))
		}
		if text := say(one); strings.Contains(text, "column "+c.name) || strings.Contains(text, ", "+c.name) {
			named++
		}
	}
	t.Logf("%d columns of two events each: all found; of %d the column is named", len(columns), named)
	if t.Failed() {
		t.Log(say(whole))
	}
}

// covers reports whether a mismatch names an event, by one number or the other.
func covers(r *verify.Report, number uint64, session string, seq uint64) bool {
	within := func(from, to *uint64, n uint64) bool {
		return from != nil && (*from == n || to != nil && *from <= n && n <= *to)
	}
	return slices.ContainsFunc(r.Problems, func(p verify.Problem) bool {
		return p.Severity == verify.Mismatch && (within(p.From, p.To, number) || p.Session == session && within(p.Seq, p.SeqTo, seq))
	})
}

func TestWhatIsDoneToRowsIsFound(t *testing.T) {
	s := newStore(t)
	row := func(seq int) string { return fmt.Sprintf("session_id = '%s' AND seq = %d", s.session, seq) }
	const sync = " SETTINGS mutations_sync = 2"
	for name, c := range map[string]struct {
		statements []string
		says       string
	}{
		"deleted":                               {[]string{"ALTER TABLE events DELETE WHERE " + row(3)}, "seq 3"},
		"inserted":                              {[]string{"INSERT INTO events SELECT * REPLACE (seq + 100 AS seq, collector_seq + 500 AS collector_seq) FROM (SELECT * FROM events WHERE " + row(3) + ")"}, "collector_seq 506"},
		"inserted under a number that is taken": {[]string{"INSERT INTO events SELECT * REPLACE ('x' AS target) FROM events WHERE " + row(3)}, "equivocation"},
		"swapped": {[]string{"INSERT INTO events SELECT * REPLACE (if(seq = 3, 4, 3) AS seq) FROM (SELECT * FROM saved_events WHERE " + row(3) + " OR " + row(4) + ")",
			"ALTER TABLE events DELETE WHERE (" + row(3) + " OR " + row(4) + ") AND hash IN (SELECT hash FROM saved_events) AND (seq, hash) IN (SELECT seq, hash FROM saved_events)"}, "seq 3"},
		"a tail cut":              {[]string{"ALTER TABLE events DELETE WHERE session_id = '" + s.session.String() + "' AND seq > 5"}, "seq 6 to 14"},
		"a session removed whole": {[]string{"ALTER TABLE events DELETE WHERE session_id = '" + s.other.String() + "'", "ALTER TABLE session_rollup DELETE WHERE session_id = '" + s.other.String() + "'"}, s.other.String() + " seq 0 to 7"},
		"a seal removed":          {[]string{"ALTER TABLE seals DELETE WHERE seal_index = 1"}, "missing_seal"},
		"leaves of a seal edited": {[]string{"ALTER TABLE seals UPDATE leaves = concat(substring(leaves, 2), 'x') WHERE seal_index = 1"}, "seals.leaves"},
		"a note edited":           {[]string{"ALTER TABLE seals UPDATE note = replace(note, 'state open', 'state final') WHERE seal_index = 1"}, "signature"},
		"a seal's own column":     {[]string{"ALTER TABLE seals UPDATE time = time + toIntervalSecond(1) WHERE seal_index = 1"}, "seals.time"},
		"a seal's sessions":       {[]string{"ALTER TABLE seals UPDATE sessions = arrayReverse(sessions) WHERE seal_index = 1"}, "seals.sessions"},
	} {
		for _, statement := range c.statements {
			if strings.HasPrefix(statement, "ALTER") {
				statement += sync
			}
			s.do(statement)
		}
		if r := s.verify(clickhouse.Selection{}); r.Status() != 1 || !strings.Contains(say(r), c.says) {
			t.Errorf("%s: status %d, %q is not said%s", name, r.Status(), c.says, say(r))
		}
		s.restore()
	}
	// What is harmless is no alarm.
	s.record.Store(t, s.events...)
	s.do("INSERT INTO seals SELECT * FROM saved_seals")
	s.untampered()

	// All seals signed anew with another key, over a record that was changed.
	s.do("TRUNCATE TABLE seals")
	stranger := sealtest.New("acme", "laptop").Epoch(begin.UnixNano())
	s.record.Seal(t, stranger.Seal(true))
	if r := s.verify(clickhouse.Selection{}); r.Status() != 3 || !strings.Contains(say(r), "which is not trusted") {
		t.Errorf("signed by another key: status %d%s", r.Status(), say(r))
	}
}
