// Package recordtest fills a database with sessions for the tests of readers.
//
// The one rule: rows come to the tables the way ingest writes them, so that what
// a reader shows of them it shows of real ones.
package recordtest

import (
	"context"
	"maps"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/ddl"
	"github.com/mcptrail/mcptrail/schema/ddl/rows"
	"github.com/mcptrail/mcptrail/schema/seal"
)

// Topic that all rows come from.
const Topic = "mcptrail.events"

// Record is a database with the tables in it. One goroutine may use it.
type Record struct {
	Conn     driver.Conn
	Database string
	// offset of the next event in [Topic], seals of the next seal in its own: each row has one of
	// its own, as a broker gives it.
	offset int64
	seals  int64
}

// New makes the tables in the database that the options name.
func New(t testing.TB, options *clickhouse.Options) *Record {
	t.Helper()
	database := options.Auth.Database
	if _, err := ddl.Migrate(t.Context(), options, ddl.Layout{Database: database}); err != nil {
		t.Fatal(err)
	}
	conn, err := clickhouse.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	// The database outlives the connection: whoever made it drops it.
	t.Cleanup(func() { conn.Close() })
	return &Record{Conn: conn, Database: database}
}

// Store inserts the events in blocks of at most 8192 and a few MB.
func (r *Record) Store(t testing.TB, events ...*schema.Event) {
	t.Helper()
	var block rows.Block
	// offers are the answers that may hold definitions, which ingest stores beside the events.
	var offers []*schema.Event
	now := time.Now().UTC().Truncate(time.Millisecond)
	for i, e := range events {
		block.Append(e, rows.Location{Topic: Topic, Offset: r.offset, Hash: schema.LeafHash(e.Append(nil)), StoredAt: now})
		r.offset++
		if rows.MayDefine(e) {
			offers = append(offers, e)
		}
		if block.Len() == 8192 || block.Bytes() > 8<<20 || i == len(events)-1 {
			r.insert(t, &block)
			block.Reset()
		}
	}
	if err := rows.SendDefinitions(t.Context(), r.Conn, r.Database, offers); err != nil {
		t.Fatal(err)
	}
}

func (r *Record) insert(t testing.TB, block *rows.Block) {
	t.Helper()
	// A test reads at once what it stored.
	settings := clickhouse.Settings{"async_insert": 0}
	maps.Copy(settings, rows.Settings())
	ctx := clickhouse.Context(context.Background(), clickhouse.WithSettings(settings))
	insert, err := rows.PrepareInsert(ctx, r.Conn, r.Database)
	if err == nil {
		err = insert.Send(ctx, block)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Seal stores seals the way ingest does, in a topic of their own.
func (r *Record) Seal(t testing.TB, records ...seal.Record) {
	t.Helper()
	ctx := clickhouse.Context(context.Background(), clickhouse.WithSettings(clickhouse.Settings{"async_insert": 0}))
	batch, err := r.Conn.PrepareBatch(ctx, `INSERT INTO seals (tenant, collector_id, epoch, first_seq, count, seal_index, time, final,
		sessions, note, certificate, leaves, topic, kafka_partition, kafka_offset, stored_at)`)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range records {
		s, err := seal.Read(one.Note)
		if err != nil {
			t.Fatal(err)
		}
		sessions := make([]uuid.UUID, len(s.Heads))
		for i := range sessions {
			sessions[i] = s.Heads[i].Session
		}
		if err := batch.Append(s.Tenant, s.CollectorID, s.Epoch, s.First, s.Count, s.Index, time.Unix(0, s.Time), s.Final,
			sessions, one.Note, one.Certificate, seal.JoinLeaves(one.Leaves), "mcptrail.seals", int32(0), r.seals, time.Now()); err != nil {
			t.Fatal(err)
		}
		r.seals++
	}
	if err := batch.Send(); err != nil {
		t.Fatal(err)
	}
}
