package e2e

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/deploy/testbed/wait"
	"github.com/mcptrail/mcptrail/schema/ddl/dsn"
	"github.com/mcptrail/mcptrail/schema/running"
)

// TestReingestBringsBackDeletedRows deletes rows of what `mcptrail up` stored.
func TestReingestBringsBackDeletedRows(t *testing.T) {
	needEngine(t)
	u := startUp(t, t.TempDir())
	for _, file := range transcripts(t)[:3] {
		importFile(t, u, file)
	}
	parts, up := running.Find(u.data)
	if !up {
		t.Fatal("nothing runs")
	}
	options, err := dsn.Flags{ClickHouse: parts.ClickHouse, User: parts.ClickHouseUser, Password: parts.ClickHousePassword, Database: "mcptrail"}.Options()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := dsn.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	// A collector may have published some again.
	count := func() (n uint64) {
		if err := conn.QueryRow(t.Context(), "SELECT uniqExact(hash) FROM events").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := count()
	if before < 20 {
		t.Fatalf("%d events were stored", before)
	}
	if err := conn.Exec(t.Context(), "ALTER TABLE events DELETE WHERE kafka_offset = 0 SETTINGS mutations_sync = 2"); err != nil {
		t.Fatal(err)
	}
	gone := before - count()
	t.Cleanup(func() {
		var says string
		if err := conn.QueryRow(context.Background(), `SELECT toString(groupArray((p, c, u, f, m))) FROM (SELECT kafka_partition p, count() c, uniqExact(hash) u, min(kafka_offset) f, max(kafka_offset) m FROM events GROUP BY p)`).Scan(&says); t.Failed() && err == nil {
			t.Logf("by partition: rows, distinct, first, last: %s", says)
		}
	})
	reingest := func(status int, args ...string) string {
		t.Helper()
		r := program(t, "mcptrail", append([]string{"reingest", "--data", u.data}, args...)...)
		if r.status != status {
			t.Fatalf("%v ends with %d, want %d:\n%s%s", args, r.status, status, r.stdout, r.stderr)
		}
		return r.stdout
	}
	var first struct{ Missing int }
	if gone == 0 || json.Unmarshal([]byte(strings.SplitN(reingest(1, "--from", "beginning", "--dry-run", "--json"), "\n", 2)[0]), &first) != nil {
		t.Errorf("%d rows deleted, a dry run says %+v", gone, first)
	}
	reingest(0, "--from", "beginning")
	// The last row of a partition is missed and stored again by ingest itself.
	wait.For(t, "every row to be there again", func() bool { return count() >= before })
	if n := count(); n != before {
		t.Errorf("%d rows after %d of %d were deleted and read again", n, gone, before)
	}
	if says := reingest(0, "--from", "1h", "--dry-run"); !strings.Contains(says, "\n0 records are missing") {
		t.Errorf("afterwards it says:\n%s", says)
	}
	reingest(3, "--from", "yesterday")
	reingest(3)
	reingest(2, "--from", "beginning", "--brokers", "127.0.0.1:1")
}
