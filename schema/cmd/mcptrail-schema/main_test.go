package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/deploy/testbed"
)

func TestMain(m *testing.M) { testbed.Main(m) }

func TestTheCommandSaysWhatItDidAndWhatIsWrong(t *testing.T) {
	db := testbed.ClickHouse(t)
	for _, c := range []struct {
		args string
		exit int
		says string
	}{
		{"status --clickhouse DSN --database DB", 1, "pending"},
		{"migrate --clickhouse DSN --database DB", 0, "migrations applied"},
		{"migrate --clickhouse DSN --database DB", 0, "0 migrations applied"},
		{"status --clickhouse DSN --database DB", 0, "0001_events.sql"},
		{"print --database DB --cluster prod", 0, "ON CLUSTER `prod`"},
		{"status --clickhouse DSN --database nowhere", 2, "nowhere does not exist"},
		{"migrate --clickhouse 127.0.0.1:1", 2, "connection refused"},
		{"migrate --clickhouse nonsense", 3, "HOST:PORT"},
		{"migrate --clickhouse clickhouse://u:hunter2@[::1", 3, "not of the form"},
		{"migrate --database a;b", 3, "letters, digits"},
		{"polish", 3, "unexpected argument"},
		{"migrate --colour", 3, "unknown flag"},
	} {
		t.Run(c.args, func(t *testing.T) {
			var out bytes.Buffer
			args := strings.Fields(strings.NewReplacer("DSN", db.DSN, "DB", db.Name).Replace(c.args))
			if exit := run(args, &out, &out); exit != c.exit || !strings.Contains(out.String(), c.says) {
				t.Errorf("exit %d, want %d, with %q in:\n%s", exit, c.exit, c.says, out.String())
			}
			if strings.Contains(out.String(), "hunter2") {
				t.Errorf("the password shows: %s", out.String())
			}
		})
	}
}
