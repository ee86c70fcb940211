package rows_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
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

type fataler interface {
	Fatal(...any)
	Fatalf(string, ...any)
}

// settled is a context with the settings that an insert needs.
func settled() context.Context {
	settings := clickhouse.Settings{"async_insert": 0}
	maps.Copy(settings, rows.Settings())
	return clickhouse.Context(context.Background(), clickhouse.WithSettings(settings))
}

func TestAnyEventComesBackWithTheBytesThatWereHashed(t *testing.T) {
	conn, database := table(t)
	offset := int64(0)
	rapid.Check(t, func(t *rapid.T) {
		events := rapid.SliceOfN(schematest.Any(), 1, 20).Draw(t, "events")
		events = append(events, schematest.FullV1(), schematest.Full(), schematest.Bounded(),
			&schema.Event{Version: schema.Version, Tenant: "t", Kind: schema.KindOpen, Time: 1<<63 - 1})
		comeBack(t, conn, newInsert(t, conn, database), offset, events)
		offset += int64(len(events))
	})
}

// TestABlockNamesRareColumnsWhereARowNeedsThem sends blocks of both shapes through one
// Insert: of a list that version 2 made wider, all columns must be as long.
func TestABlockNamesRareColumnsWhereARowNeedsThem(t *testing.T) {
	conn, database := table(t)
	insert := newInsert(t, conn, database)
	plain := schematest.FullV1()
	plain.Version = 2
	offset := int64(0)
	for name, events := range map[string][]*schema.Event{
		"no row needs them":  {schematest.FullV1(), plain},
		"the last row does":  {plain, schematest.FullV1(), schematest.Full()},
		"the first row does": {schematest.Bounded(), plain, schematest.FullV1()},
	} {
		t.Run(name, func(t *testing.T) {
			for range 2 {
				comeBack(t, conn, insert, offset, events)
				offset += int64(len(events))
			}
		})
	}
}

func newInsert(t fataler, conn driver.Conn, database string) *rows.Insert {
	insert, err := rows.PrepareInsert(settled(), conn, database)
	if err != nil {
		t.Fatal(err)
	}
	return insert
}

// comeBack stores the events from an offset on and reads them again.
func comeBack(t fataler, conn driver.Conn, insert *rows.Insert, first int64, events []*schema.Event) {
	var block rows.Block
	for i, e := range events {
		block.Append(e, rows.Place{Topic: "topic", Partition: 1, Offset: first + int64(i),
			Hash: schema.LeafHash(e.Append(nil)), StoredAt: time.UnixMilli(1795354487844).UTC()})
	}
	if err := insert.Send(settled(), &block); err != nil {
		t.Fatal(err)
	}
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
		} else if place.Hash != schema.LeafHash(b) || place.Offset != first+int64(i) || !place.StoredAt.Equal(time.UnixMilli(1795354487844)) || place.Sum != place.Checksum() || place.Stray != "" {
			t.Fatalf("other place came back: %+v", place)
		}
	}
}

// TestARowOfVersion1HoldsNothingOfVersion2 fills each later column of a row of version
// 1: no hash covers it, so the reader names it.
func TestARowOfVersion1HoldsNothingOfVersion2(t *testing.T) {
	conn, database := table(t)
	for i, c := range []struct{ column, value string }{
		{"principal_name", "'x'"}, {"credentials.name", "['x']"}, {"delegation.subject", "['x']"}, {"token_audience", "['x']"}, {"token_id", "'x'"},
		{"token_issued_at", "1"}, {"token_expires_at", "-1"}, {"token_binding", "'x'"}, {"charset", "'x'"}, {"waited", "1"}, {"refusal", "'x'"},
		{"body_key", "'x'"}, {"redactions.sealed", "['x']"}, {"gap_at_most", "1"}, {"gap_window", "1"},
	} {
		e := schematest.FullV1()
		e.Seq = uint64(i)
		var block rows.Block
		block.Append(e, rows.Place{Topic: "stray", Offset: int64(i)})
		if err := newInsert(t, conn, database).Send(settled(), &block); err != nil {
			t.Fatal(err)
		}
		set := "`" + c.column + "` = " + c.value
		if list, _, nested := strings.Cut(c.column, "."); nested && list != "redactions" {
			for _, member := range []string{"where", "name", "fingerprint", "issuer", "subject", "client_id"} {
				if other := list + "." + member; other != c.column && strings.Contains(rows.Columns(), "`"+other+"`") {
					set += ", `" + other + "` = ['']"
				}
			}
		}
		if err := conn.Exec(context.Background(), fmt.Sprintf("ALTER TABLE events UPDATE %s WHERE kafka_offset = %d SETTINGS mutations_sync = 2", set, i)); err != nil {
			t.Fatalf("%s: %v", c.column, err)
		}
		found, err := conn.Query(context.Background(), "SELECT "+rows.Columns()+" FROM events WHERE topic = 'stray' AND kafka_offset = ?", int64(i))
		if err != nil || !found.Next() {
			t.Fatalf("%s: %v", c.column, err)
		}
		var scanner rows.Scanner
		if got, place, err := scanner.Scan(found); err != nil || place.Stray != c.column || !bytes.Equal(got.Append(nil), e.Append(nil)) {
			t.Errorf("%s: stray %q, %v", c.column, place.Stray, err)
		}
		found.Close()
	}
}

// TestTheTableHasNoOtherColumns fails when a migration adds a column that rows
// does not know, or the other way round.
func TestTheTableHasNoOtherColumns(t *testing.T) {
	conn, _ := table(t)
	var names []string
	if err := conn.QueryRow(context.Background(),
		"SELECT groupArray('`' || name || '`') FROM system.columns WHERE database = currentDatabase() AND table = 'events'").Scan(&names); err != nil {
		t.Fatal(err)
	}
	mapped := strings.Split(rows.Columns(), ", ")
	slices.Sort(names)
	slices.Sort(mapped)
	if !slices.Equal(names, mapped) {
		t.Errorf("mapped: %s\ntable:  %s", mapped, names)
	}
}

// kilobyte is an event with what collectors record today.
func kilobyte() *schema.Event {
	e := schematest.FullV1()
	e.Version = schema.Version
	e.Payload = bytes.Repeat([]byte("0123456789"), 64)
	return e
}

func BenchmarkBlockAppend(b *testing.B) {
	e := kilobyte()
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
	e := kilobyte()
	var block rows.Block
	for i := range 8192 {
		e.Seq++
		block.Append(e, rows.Place{Topic: "t", Offset: int64(i), StoredAt: time.UnixMilli(1795354487844)})
	}
	for b.Loop() {
		if err := newInsert(b, conn, database).Send(settled(), &block); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*block.Len())/b.Elapsed().Seconds(), "rows/s")
}
