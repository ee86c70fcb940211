package workflows

import (
	"context"
	"maps"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	store "github.com/mcptrail/mcptrail/query/clickhouse"
	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/ddl/rows"
)

// Store inserts events the way ingest does, in one block.
func Store(ctx context.Context, conn driver.Conn, database string, events []*schema.Event) error {
	var block rows.Block
	for i, e := range events {
		block.Append(e, rows.Location{Topic: "workflows", Offset: int64(i), Hash: schema.LeafHash(e.Append(nil)), StoredAt: start})
	}
	settings := clickhouse.Settings{"async_insert": 0}
	maps.Copy(settings, rows.Settings())
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(settings))
	insert, err := rows.PrepareInsert(ctx, conn, database)
	if err != nil {
		return err
	}
	return insert.Send(ctx, &block)
}

// Trails lists all trails of a store.
func Trails(ctx context.Context, s *store.Store) (all []*wire.Trail, err error) {
	for cursor := ""; ; {
		page, err := s.Trails.List(ctx, wire.Filter{From: start.Add(-24 * time.Hour)}, cursor, 100)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if cursor = page.Next; cursor == "" {
			return all, nil
		}
	}
}
