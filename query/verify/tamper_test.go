package verify_test

import (
	"fmt"
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

func TestMain(m *testing.M) { testbed.Main(m) }

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
	r, err := clickhouse.New(s.record.Conn, "acme").Select(s.t.Context(), sel)
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
		v.AddEvent(e.Append(nil), &e.Place)
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

// TestAnEditOfAnyColumnIsFound edits each column of an event in the engine. The list
// is the engine's own, so that none that comes later is forgotten.
func TestAnEditOfAnyColumnIsFound(t *testing.T) {
	s := newStore(t)
	s.untampered()
	found, err := s.record.Conn.Query(t.Context(), "SELECT name, type, is_in_sorting_key OR is_in_partition_key FROM system.columns WHERE database = currentDatabase() AND table = 'events' ORDER BY position")
	if err != nil {
		t.Fatal(err)
	}
	type column struct {
		name, kind string
		key        uint8
	}
	var columns []column
	for found.Next() {
		var c column
		if err := found.Scan(&c.name, &c.kind, &c.key); err != nil {
			t.Fatal(err)
		}
		columns = append(columns, c)
	}
	if len(columns) < 60 {
		t.Fatalf("%d columns", len(columns))
	}
	named := 0
	for _, c := range columns {
		rows := fmt.Sprintf("session_id = '%s' AND seq IN (12, 13)", s.session)
		if c.key == 0 {
			s.do(fmt.Sprintf("ALTER TABLE events UPDATE `%s` = %s WHERE %s SETTINGS mutations_sync = 2", c.name, edited(c.name, c.kind), rows))
		} else {
			// The engine does not update a key: the rows are written anew.
			s.do("TRUNCATE TABLE events")
			s.do("INSERT INTO events SELECT * FROM saved_events WHERE NOT (" + rows + ")")
			s.do(fmt.Sprintf("INSERT INTO events SELECT * REPLACE (%s AS `%s`) FROM (SELECT * FROM saved_events WHERE %s)", edited(c.name, c.kind), c.name, rows))
		}
		for name, sel := range map[string]clickhouse.Selection{"everything": {}, "the session": {Session: s.session}} {
			r := s.verify(sel)
			text := say(r)
			// An event whose seq or session is another leaves a hole behind.
			if r.Status() != 1 || !strings.Contains(text, "offset") && !(strings.Contains(text, "seq 12") && strings.Contains(text, "seq 13")) &&
				!(strings.Contains(text, "collector_seq 14") && strings.Contains(text, "collector_seq 15")) && !strings.Contains(text, "seq 7 to 13") {
				t.Errorf("%s edited: %s has status %d%s", c.name, name, r.Status(), text)
			}
			if strings.Contains(text, "column") && strings.Contains(text, c.name) {
				named++
			}
		}
		s.restore()
	}
	s.untampered()
	t.Logf("%d columns, 2 checks each: all found; in %d of %d the column is named", len(columns), named, 2*len(columns))
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
