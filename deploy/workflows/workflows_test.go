package workflows

import (
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/deploy/testbed"
	"github.com/mcptrail/mcptrail/query/clickhouse"
	"github.com/mcptrail/mcptrail/query/recordtest"
)

func TestMain(m *testing.M) { testbed.Main(m) }

// TestTrailsReachTheirTargetsWithAnySeed stores made traffic, lists all trails of it
// and compares them with the truth.
func TestTrailsReachTheirTargetsWithAnySeed(t *testing.T) {
	for _, seed := range []uint64{1, 2, 3} {
		options := testbed.ClickHouse(t).Options
		record := recordtest.New(t, options)
		traffic := Generate(seed, 4)
		if err := Store(t.Context(), record.Conn, record.Database, traffic.Events); err != nil {
			t.Fatal(err)
		}
		trails, err := Trails(t.Context(), clickhouse.New(record.Conn, Tenant))
		if err != nil {
			t.Fatal(err)
		}
		report := traffic.Measure(trails)
		var table strings.Builder
		if err := report.Write(&table, seed); err != nil {
			t.Fatal(err)
		}
		t.Logf("%d sessions, %d trails\n%s", len(traffic.Workflow), len(trails), table.String())
		if !report.Good() {
			t.Errorf("seed %d misses the targets", seed)
		}
	}
}
