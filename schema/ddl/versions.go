package ddl

import (
	"context"
	"fmt"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
)

// versions is goose's table of applied migrations. On a cluster all nodes are
// replicas of one table, so that each of them gives the same answer.
// Everything but making the table is goose's own.
type versions struct {
	database.Store
	layout Layout
}

func newVersions(layout Layout) (versions, error) {
	store, err := database.NewStore(database.DialectClickHouse, goose.DefaultTablename)
	return versions{Store: store, layout: layout}, err
}

func (v versions) CreateVersionTable(ctx context.Context, db database.DBTxConn) error {
	onCluster, engine := "", "MergeTree"
	if v.layout.Cluster != "" {
		onCluster = " ON CLUSTER `" + v.layout.Cluster + "`"
		// The path has no {shard}, unlike that of the tables: nodes of all shards share it, and
		// the replica's name has the shard so that it is unique under it.
		engine = fmt.Sprintf("ReplicatedMergeTree('/clickhouse/tables/%s/%s', '{shard}-{replica}')", v.layout.Database, v.Tablename())
	}
	_, err := db.ExecContext(ctx, fmt.Sprintf(
		"CREATE TABLE IF NOT EXISTS %s%s (version_id Int64, is_applied UInt8, date Date DEFAULT now(), tstamp DateTime DEFAULT now()) ENGINE = %s ORDER BY version_id",
		v.Tablename(), onCluster, engine))
	return err
}
