package clickhouse_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	native "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/mcptrail/mcptrail/deploy/testbed"
	"github.com/mcptrail/mcptrail/query/clickhouse"
	"github.com/mcptrail/mcptrail/query/verify"
	"github.com/mcptrail/mcptrail/schema/ddl"
	"github.com/mcptrail/mcptrail/schema/seal"
)

// version1 is where a store lies that the last program before version 2 of the event
// wrote; its README says how. Nothing there is ever written anew.
const version1 = "../../schema/testdata/v1"

// TestAStoreOfVersion1VerifiesRowByRow loads the rows into the tables that they came
// from, and brings those up to date.
func TestAStoreOfVersion1VerifiesRowByRow(t *testing.T) {
	db := testbed.ClickHouse(t)
	layout := ddl.Layout{Database: db.Name}
	if _, err := ddl.MigrateTo(t.Context(), db.Options, layout, 9); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"events", "seals"} {
		load(t, db, table)
	}
	if applied, err := ddl.Migrate(t.Context(), db.Options, layout); err != nil || applied == 0 {
		t.Fatalf("%d migrations after the ninth, %v", applied, err)
	}
	conn, err := native.Open(db.Options)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()

	var first uint64
	if err := conn.QueryRow(t.Context(), "SELECT countIf(version = 1) FROM events").Scan(&first); err != nil || first != 272 {
		t.Errorf("%d rows of version 1, %v", first, err)
	}
	report := verifyStore(t, conn)
	if report.Events != 272 || report.Verified != 272 || report.Mismatches+report.Untrusted > 0 || report.Incomplete != 1 {
		t.Errorf("%d events, %d verified%s", report.Events, report.Verified, say(report))
	}
	if err := conn.Exec(t.Context(), "ALTER TABLE events UPDATE version = 2 WHERE seq = 3 SETTINGS mutations_sync = 2"); err != nil {
		t.Fatal(err)
	}
	if report := verifyStore(t, conn); report.Mismatches == 0 {
		t.Error("rows of version 1 that say version 2 pass")
	}
}

// load inserts a table as it was dumped, by SQL: no code of today reads or writes it.
func load(t *testing.T, db testbed.Database, table string) {
	t.Helper()
	file, err := os.Open(filepath.Join(version1, table+".native.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	dump, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	query := url.Values{"database": {db.Name}, "query": {"INSERT INTO " + table + " FORMAT Native"}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+db.HTTPAddr+"/?"+query.Encode(), dump)
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth(db.Options.Auth.Username, db.Options.Auth.Password)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if said, err := io.ReadAll(answer.Body); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("inserting the dump of %s: %s, %s, %v", table, answer.Status, said, err)
	}
}

func verifyStore(t *testing.T, conn driver.Conn) *verify.Report {
	t.Helper()
	key, err := os.ReadFile(filepath.Join(version1, "identity.pub"))
	if err != nil {
		t.Fatal(err)
	}
	trusted, err := seal.Trust(string(key))
	if err != nil {
		t.Fatal(err)
	}
	record, err := clickhouse.New(conn, "default").Evidence.Select(t.Context(), clickhouse.Selection{})
	if err != nil {
		t.Fatal(err)
	}
	v := verify.New(verify.Options{Trusted: trusted, Whole: true})
	for one, err := range record.ReadSeals(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		v.AddSeal(verify.Run{Note: one.Note, Certificate: one.Certificate, Leaves: one.Leaves, Stray: one.Stray})
	}
	for e, err := range record.ReadEvents(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		v.AddEvent(e.Append(nil), &e.Location)
	}
	return v.Finish()
}
