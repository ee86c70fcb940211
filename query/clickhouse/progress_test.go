package clickhouse_test

import (
	"slices"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/deploy/testbed"
	"github.com/mcptrail/mcptrail/query/clickhouse"
	"github.com/mcptrail/mcptrail/query/recordtest"
	"github.com/mcptrail/mcptrail/query/wire"
)

func TestProgressSaysNothingIsStoredBehindAHole(t *testing.T) {
	record := recordtest.New(t, testbed.ClickHouse(t).Options)
	progress := clickhouse.NewProgress(record.Conn)
	offset := func(topic string) int64 {
		t.Helper()
		p, err := progress.Stored(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if i := slices.IndexFunc(p.Partitions, func(s wire.Stored) bool { return s.Topic == topic && s.Partition == 0 }); i >= 0 {
			return p.Partitions[i].Offset
		}
		return -1
	}
	becomes := func(topic string, want int64) {
		t.Helper()
		var got int64
		for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); {
			if got = offset(topic); got == want {
				return
			}
		}
		t.Errorf("%s is stored up to %d, want %d", topic, got, want)
	}
	do := func(statement string) {
		t.Helper()
		if err := record.Conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	becomes(recordtest.Topic, -1)
	events := recordtest.NewSession(1).Close().Events
	record.Store(t, events...)
	last := int64(len(events) - 1)
	becomes(recordtest.Topic, last)
	rejected := "INSERT INTO rejected (topic, kafka_partition, kafka_offset, stored_at) VALUES "
	do(rejected + "('seals', 0, 0, now64()), ('seals', 0, 1, now64()), ('seals', 0, 3, now64())")
	becomes("seals", 1)
	do("INSERT INTO seals (topic, kafka_partition, kafka_offset, stored_at) VALUES ('seals', 0, 2, now64())")
	becomes("seals", 3)
	do(rejected + "('gone', 0, 200000, now64())")
	becomes("gone", 200000-1<<16)
	becomes(recordtest.Topic, last)
}
