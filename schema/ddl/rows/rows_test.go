package rows_test

import (
	"bytes"
	"context"
	"maps"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/mcptrail/mcptrail/deploy/testbed"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/ddl"
	"github.com/mcptrail/mcptrail/schema/ddl/rows"
	"github.com/mcptrail/mcptrail/schema/schematest"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { testbed.Main(m) }

// table makes the tables in a database of the test's own.
func table(t testing.TB) (driver.Conn, string) {
	db := testbed.ClickHouse(t)
	if _, err := ddl.Migrate(context.Background(), db.Options, ddl.Layout{Database: db.Name}); err != nil {
		t.Fatal(err)
	}
	conn, err := clickhouse.Open(db.Options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn, db.Name
}

func insert(t interface{ Fatal(...any) }, conn driver.Conn, database string, b *rows.Block) {
	settings := clickhouse.Settings{"async_insert": 0}
	maps.Copy(settings, rows.Settings())
	ctx := clickhouse.Context(context.Background(), clickhouse.WithSettings(settings))
	insert, err := rows.PrepareInsert(ctx, conn, database)
	if err != nil {
		t.Fatal(err)
	}
	if err := insert.Send(ctx, b); err != nil {
		t.Fatal(err)
	}
}

func TestAnyEventComesBackWithTheBytesThatWereHashed(t *testing.T) {
	conn, database := table(t)
	offset := int64(0)
	rapid.Check(t, func(t *rapid.T) {
		events := rapid.SliceOfN(schematest.Any(), 1, 20).Draw(t, "events")
		events = append(events, schematest.Full(), &schema.Event{Tenant: "t", Kind: schema.KindOpen, Time: 1<<63 - 1})
		first := offset
		var block rows.Block
		for _, e := range events {
			block.Append(e, rows.Place{Topic: "topic", Partition: 1, Offset: offset,
				Hash: schema.LeafHash(e.Append(nil)), StoredAt: time.UnixMilli(1795354487844).UTC()})
			offset++
		}
		insert(t, conn, database, &block)

		found, err := conn.Query(context.Background(), "SELECT "+rows.Columns()+" FROM events WHERE kafka_offset >= ? ORDER BY kafka_offset", first)
		if err != nil {
			t.Fatal(err)
		}
		defer found.Close()
		var scanner rows.Scanner
		for i, want := range events {
			if !found.Next() {
				t.Fatalf("%d rows of %d, then %v", i, len(events), found.Err())
			}
			got, place, err := scanner.Scan(found)
			if err != nil {
				t.Fatal(err)
			}
			if b := got.Append(nil); !bytes.Equal(b, want.Append(nil)) {
				t.Fatalf("other bytes came back:\n got %+v\nwant %+v", got, want)
			} else if place.Hash != schema.LeafHash(b) || place.Offset != first+int64(i) || !place.StoredAt.Equal(time.UnixMilli(1795354487844)) || place.Sum != place.Checksum() {
				t.Fatalf("other place came back: %+v", place)
			}
		}
	})
}

// TestTheTableHasNoOtherColumns fails when a migration adds a column that rows
// does not know, or the other way round.
func TestTheTableHasNoOtherColumns(t *testing.T) {
	conn, _ := table(t)
	var names []string
	if err := conn.QueryRow(context.Background(),
		"SELECT groupArray('`' || name || '`') FROM (SELECT name FROM system.columns WHERE database = currentDatabase() AND table = 'events' ORDER BY position)").Scan(&names); err != nil {
		t.Fatal(err)
	}
	var list bytes.Buffer
	for i, n := range names {
		if i > 0 {
			list.WriteString(", ")
		}
		list.WriteString(n)
	}
	if got := rows.Columns(); got != list.String() {
		t.Errorf("mapped: %s\ntable:  %s", got, list.String())
	}
}

func BenchmarkBlockAppend(b *testing.B) {
	e := schematest.Full()
	e.Payload = bytes.Repeat([]byte("0123456789"), 64)
	var block rows.Block
	b.ReportAllocs()
	for b.Loop() {
		if block.Append(e, rows.Place{Topic: "t"}); block.Len() == 8192 {
			block.Reset()
		}
	}
}

func BenchmarkInsert(b *testing.B) {
	conn, database := table(b)
	e := schematest.Full()
	e.Payload = bytes.Repeat([]byte("0123456789"), 64)
	var block rows.Block
	for i := range 8192 {
		e.Seq++
		block.Append(e, rows.Place{Topic: "t", Offset: int64(i), StoredAt: time.UnixMilli(1795354487844)})
	}
	for b.Loop() {
		insert(b, conn, database, &block)
	}
	b.ReportMetric(float64(b.N*block.Len())/b.Elapsed().Seconds(), "rows/s")
}
