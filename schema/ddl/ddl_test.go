package ddl_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/mcptrail/mcptrail/deploy/testbed"
	"github.com/mcptrail/mcptrail/schema/ddl"
)

func TestMain(m *testing.M) { testbed.Main(m) }

// migrated is a database with all tables.
func migrated(t *testing.T) (driver.Conn, testbed.Database) {
	db := testbed.ClickHouse(t)
	applied, err := ddl.Migrate(t.Context(), db.Options, ddl.Layout{Database: db.Name})
	if err != nil || applied == 0 {
		t.Fatalf("applied %d, %v", applied, err)
	}
	conn, err := clickhouse.Open(db.Options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn, db
}

func text(t *testing.T, conn driver.Conn, query string, args ...any) string {
	t.Helper()
	found, err := conn.Query(context.Background(), query, args...)
	if err != nil {
		t.Fatalf("asking %s: %v", query, err)
	}
	defer found.Close()
	var lines []string
	for found.Next() {
		var line string
		if err := found.Scan(&line); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

func run(t *testing.T, conn driver.Conn, statement string, settings clickhouse.Settings) {
	t.Helper()
	if err := conn.Exec(clickhouse.Context(context.Background(), clickhouse.WithSettings(settings)), statement); err != nil {
		t.Fatalf("running %s: %v", statement, err)
	}
}

func TestMigratingTwiceChangesNothing(t *testing.T) {
	_, db := migrated(t)
	layout := ddl.Layout{Database: db.Name}
	if applied, err := ddl.Migrate(t.Context(), db.Options, layout); err != nil || applied != 0 {
		t.Errorf("applied %d, %v", applied, err)
	}
	states, err := ddl.Status(t.Context(), db.Options, layout)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range states {
		if s.AppliedAt.IsZero() {
			t.Errorf("%s is pending", s.Name)
		}
	}
}

func TestEveryStatementCanRunAgain(t *testing.T) {
	conn, db := migrated(t)
	var all strings.Builder
	if err := ddl.Print(&all, ddl.Layout{Database: db.Name}); err != nil {
		t.Fatal(err)
	}
	for statement := range strings.SplitSeq(all.String(), ";\n") {
		if strings.Contains(statement, "CREATE") {
			run(t, conn, statement, nil)
		}
	}
}

func TestAClusterGetsShardedReplicatedTables(t *testing.T) {
	var all strings.Builder
	if err := ddl.Print(&all, ddl.Layout{Database: "db", Cluster: "prod"}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"CREATE TABLE IF NOT EXISTS `db`.events_local ON CLUSTER `prod`", "ENGINE = ReplicatedMergeTree\n",
		"ENGINE = Distributed(`prod`, `db`, events_local, sipHash64(session_id))",
		"clusterAllReplicas(`prod`, `db`, events_local)", "TO `db`.session_rollup_local AS", "replicated_deduplication_window_seconds",
	} {
		if !strings.Contains(all.String(), want) {
			t.Errorf("no %q", want)
		}
	}
	for statement := range strings.SplitSeq(all.String(), ";\n") {
		if strings.Contains(statement, "CREATE") && !strings.Contains(statement, "ON CLUSTER `prod`") {
			t.Errorf("made on one node only: %.80s", statement)
		}
	}
}

func TestNamesThatWouldNeedQuotingAreRefused(t *testing.T) {
	for _, l := range []ddl.Layout{{}, {Database: "a`b"}, {Database: "a b"}, {Database: "a", Cluster: "b'"}} {
		if err := ddl.Print(&strings.Builder{}, l); err == nil {
			t.Errorf("%+v was taken", l)
		}
	}
}

func TestTheHighWaterMarkIsReadFromTheProjection(t *testing.T) {
	conn, _ := migrated(t)
	run(t, conn, someEvents, nil)
	plan := text(t, conn, "EXPLAIN indexes = 1, projections = 1 SELECT offset FROM ingest_progress WHERE topic = 'a' AND partition = 1")
	if !strings.Contains(plan, "ReadFromMergeTree (progress)") {
		t.Errorf("the plan is\n%s", plan)
	}
	if got := text(t, conn, "SELECT toString(offset) FROM ingest_progress WHERE topic = 'a' AND partition = 1"); got != "9998" {
		t.Errorf("stored up to %s", got)
	}
}

const someEvents = `INSERT INTO events (tenant, session_id, seq, kind, method, payload, hash, topic, kafka_partition, kafka_offset, stored_at)
	SELECT 't', toUUID('0193a000-0000-7000-8000-00000000000' || toString(number % 3)), intDiv(number, 3), if(number % 6 < 3, 'request', 'answer'),
	'tools/call', '{"path":"File' || toString(number) || '"}', SHA256(toString(number)), 'a', number % 2 + 1, number, '2026-11-22' FROM numbers(9999)`

func TestASessionIsFoundByThePrimaryKeyAndAWordByItsIndex(t *testing.T) {
	conn, _ := migrated(t)
	run(t, conn, someEvents, nil)
	for what, c := range map[string]struct{ query, want string }{
		"one session of the view": {"SELECT events FROM sessions WHERE tenant = 't' AND session_id = '0193a000-0000-7000-8000-000000000001'", "session_id in ["},
		"a word in the payload":   {"SELECT seq FROM events WHERE hasAllTokens(payload, 'FILE77')", "Name: payload_words"},
	} {
		if plan := text(t, conn, "EXPLAIN indexes = 1 "+c.query); !strings.Contains(plan, c.want) {
			t.Errorf("%s: the plan is\n%s", what, plan)
		}
	}
	if got := text(t, conn, "SELECT toString(seq) FROM events WHERE hasAllTokens(payload, 'FILE77')"); got != "25" {
		t.Errorf("found %q", got)
	}
}

// TestTheRollupIsRightAfterItWasMissed takes a rollup away, as a killed engine
// does between the events' part and the rollup's, and mends it in both ways.
func TestTheRollupIsRightAfterItWasMissed(t *testing.T) {
	const rolledUp = `SELECT concat(toString(count()), ' sessions, ', toString(sum(events)), ' events, ', toString(sum(requests)), ' requests, ',
		(SELECT concat(toString(count()), ' points, ', toString(countIf(class = 'call')), ' calls') FROM event_points FINAL)) FROM sessions`
	for name, mend := range map[string]func(*testing.T, driver.Conn){
		"by the same block under the same token": func(t *testing.T, conn driver.Conn) {
			run(t, conn, someEvents, clickhouse.Settings{"insert_deduplication_token": "x", "deduplicate_blocks_in_dependent_materialized_views": 1})
		},
		"from what is stored beyond the commit": func(t *testing.T, conn driver.Conn) {
			for partition := range 2 {
				for _, table := range []string{"session_rollup", "event_points"} {
					run(t, conn, fmt.Sprintf("INSERT INTO %s SELECT * FROM %s_since(topic = 'a', partition = %d, offset = 0)", table, table, partition+1), nil)
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			conn, _ := migrated(t)
			run(t, conn, someEvents, clickhouse.Settings{"insert_deduplication_token": "x"})
			want := text(t, conn, rolledUp)
			if want != "3 sessions, 9999 events, 5001 requests, 9999 points, 5001 calls" {
				t.Fatalf("before: %s", want)
			}
			mend(t, conn)
			if got := text(t, conn, rolledUp); got != want {
				t.Errorf("rolled up twice: %s", got)
			}
			run(t, conn, "TRUNCATE TABLE session_rollup", nil)
			run(t, conn, "TRUNCATE TABLE event_points", nil)
			mend(t, conn)
			if got := text(t, conn, rolledUp); got != want {
				t.Errorf("after: %s", got)
			}
			if got := text(t, conn, "SELECT toString(count()) FROM events"); got != "9999" {
				t.Errorf("%s rows", got)
			}
		})
	}
}

// TestEventsOfBeforeThePointsAreCounted runs the statement that fills the points from
// what was stored before there were any.
func TestEventsOfBeforeThePointsAreCounted(t *testing.T) {
	conn, db := migrated(t)
	run(t, conn, someEvents, nil)
	run(t, conn, "TRUNCATE TABLE event_points", nil)
	var all strings.Builder
	if err := ddl.Print(&all, ddl.Layout{Database: db.Name}); err != nil {
		t.Fatal(err)
	}
	for statement := range strings.SplitSeq(all.String(), ";\n") {
		if strings.Contains(statement, "\nINSERT INTO `"+db.Name+"`.event_points") {
			run(t, conn, statement, nil)
			run(t, conn, statement, nil)
		}
	}
	if got := text(t, conn, "SELECT toString(count()) FROM event_points FINAL"); got != "9999" {
		t.Errorf("%s points", got)
	}
}
