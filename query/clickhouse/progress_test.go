package clickhouse_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/deploy/testbed"
	"github.com/mcptrail/mcptrail/query/clickhouse"
	"github.com/mcptrail/mcptrail/query/recordtest"
	"github.com/mcptrail/mcptrail/query/wire"
)

func TestProgressIsOfThePartitionsCurrentLogAndMovesForNoRejectedRecord(t *testing.T) {
	record := recordtest.New(t, testbed.ClickHouse(t).Options)
	progress := clickhouse.NewProgress(record.Conn)
	becomes := func(topic string, want wire.Stored) {
		t.Helper()
		want.Topic = topic
		var got wire.Stored
		for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); {
			p, err := progress.Stored(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			got = wire.Stored{Topic: topic, Offset: -1}
			if i := slices.IndexFunc(p.Partitions, func(s wire.Stored) bool { return s.Topic == topic && s.Partition == 0 }); i >= 0 {
				got = p.Partitions[i]
			}
			if got == want {
				return
			}
		}
		t.Errorf("%+v is stored, want %+v", got, want)
	}
	do := func(statement string) {
		t.Helper()
		if err := record.Conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	becomes(recordtest.Topic, wire.Stored{Offset: -1})
	events := recordtest.NewSession(1).Close().Events
	record.Store(t, events...)
	becomes(recordtest.Topic, wire.Stored{Offset: int64(len(events) - 1)})
	do("INSERT INTO rejected (topic, kafka_partition, kafka_offset, stored_at) VALUES ('" + recordtest.Topic + "', 0, 1000000000000, now64()), ('forged', 0, 1000000000000, now64())")
	do("INSERT INTO seals (topic, kafka_partition, kafka_offset, stored_at) VALUES ('seals', 0, 2, now64())")
	becomes("seals", wire.Stored{Offset: 2})
	becomes("forged", wire.Stored{Offset: -1})
	becomes(recordtest.Topic, wire.Stored{Offset: int64(len(events) - 1)})
	do("INSERT INTO ingest_logs (topic, kafka_partition, base, start) VALUES ('seals', 0, 1000, 1000)")
	becomes("seals", wire.Stored{Offset: -1, Log: 1000})
	do("INSERT INTO seals (topic, kafka_partition, kafka_offset, stored_at) VALUES ('seals', 0, 1007, now64())")
	becomes("seals", wire.Stored{Offset: 7, Log: 1000})
}

// TestReceiptsNameTheNumbersOfARunThatAreStored has many collectors ask at once, who share
// queries.
func TestReceiptsNameTheNumbersOfARunThatAreStored(t *testing.T) {
	record := recordtest.New(t, testbed.ClickHouse(t).Options)
	progress := clickhouse.NewProgress(record.Conn)
	one, two, none := uuid.UUID{1}, uuid.UUID{2}, uuid.UUID{3}
	insert := func(table, column string, epoch uuid.UUID, numbers ...int) {
		t.Helper()
		for _, n := range numbers {
			if err := record.Conn.Exec(t.Context(), fmt.Sprintf("INSERT INTO %s (epoch, %s, stored_at) VALUES ('%s', %d, now64())", table, column, epoch, n)); err != nil {
				t.Fatal(err)
			}
		}
	}
	insert("events", "collector_seq", one, 0, 1, 2, 4, 4, 3, 7, 9, 8)
	insert("events", "collector_seq", two, 5, 6)
	insert("seals", "seal_index", one, 0, 1, 3)
	ranges := func(pairs ...uint64) (list []wire.Range) {
		list = []wire.Range{}
		for i := 0; i < len(pairs); i += 2 {
			list = append(list, wire.Range{From: pairs[i], To: pairs[i+1]})
		}
		return list
	}
	var group sync.WaitGroup
	for range 50 {
		for _, c := range []struct{ asked, want wire.Run }{
			{wire.Run{Epoch: one, Events: ranges(0, 100)}, wire.Run{Epoch: one, Events: ranges(0, 4, 7, 9), Seals: ranges()}},
			{wire.Run{Epoch: one, Events: ranges(2, 3, 8, 8), Seals: ranges(1, 5)}, wire.Run{Epoch: one, Events: ranges(2, 3, 8, 8), Seals: ranges(1, 1, 3, 3)}},
			{wire.Run{Epoch: two, Events: ranges(0, 5)}, wire.Run{Epoch: two, Events: ranges(5, 5), Seals: ranges()}},
			{wire.Run{Epoch: none, Events: ranges(0, 5), Seals: ranges(0, 0)}, wire.Run{Epoch: none, Events: ranges(), Seals: ranges()}},
		} {
			group.Go(func() {
				got, err := progress.Stored(t.Context(), []wire.Run{c.asked})
				if err != nil || len(got.Runs) != 1 || fmt.Sprint(got.Runs[0]) != fmt.Sprint(c.want) {
					t.Errorf("asked for %v, got %v, %v, want %v", c.asked, got.Runs, err, c.want)
				}
			})
		}
	}
	group.Wait()
	// As many as make a difference, in one part.
	for _, statement := range []string{"INSERT INTO events (epoch, session_id, collector_seq, stored_at) SELECT toUUID('04000000-0000-0000-0000-000000000000'), generateUUIDv4(), number, now64() FROM numbers(50000)",
		"OPTIMIZE TABLE events FINAL"} {
		if err := record.Conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	found, err := record.Conn.Query(t.Context(), "EXPLAIN indexes = 1, projections = 1 SELECT DISTINCT epoch, number FROM ingest_run_events WHERE epoch = '"+one.String()+"' AND number BETWEEN 1 AND 3 OR epoch = '"+two.String()+"' AND number BETWEEN 0 AND 9")
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	var plan strings.Builder
	for found.Next() {
		var line string
		if err := found.Scan(&line); err != nil {
			t.Fatal(err)
		}
		plan.WriteString(line + "\n")
	}
	if !strings.Contains(plan.String(), "ReadFromMergeTree (by_run)") {
		t.Errorf("receipts are read otherwise than from their projection:\n%s", &plan)
	}
}
