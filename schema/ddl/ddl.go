// Package ddl makes the tables and views of mcptrail in ClickHouse.
//
// The one rule: a migration that was released is never edited, and each statement
// can run twice. One source renders both the plain tables of a single server and
// the sharded, replicated ones of a cluster.
//
// The session rollup and the event points are filled by materialised views, after
// the events' own part. An engine that is killed between them leaves a block stored
// but not rolled up. Inserting the block again under its token rolls it up without
// storing it again; after a restart ingest rolls up what it finds stored beyond
// the committed offset (views session_rollup_since and event_points_since). Both
// are safe because a row that comes twice into either changes nothing.
package ddl

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/pressly/goose/v3"
)

// Migrate brings the database of the layout up to date and returns how many
// migrations it applied. It is safe to call from several processes at once.
// There is no lock: two processes may run the same statement, and the second one finds it
// done.
func Migrate(ctx context.Context, server *clickhouse.Options, layout Layout) (applied int, err error) {
	return MigrateTo(ctx, server, layout, math.MaxInt64)
}

// MigrateTo is [Migrate] that stops behind a version: the tables are then those of a
// program that knew no later one.
// A migration is recorded after its last statement. A crash before that leaves some of its
// statements done, and the next run does all of them again.
func MigrateTo(ctx context.Context, server *clickhouse.Options, layout Layout, version int64) (applied int, err error) {
	if err := layout.Validate(); err != nil {
		return 0, err
	}
	if err := createDatabase(ctx, server, layout); err != nil {
		return 0, err
	}
	provider, err := open(server, layout)
	if err != nil {
		return 0, err
	}
	defer provider.Close()
	results, err := provider.UpTo(ctx, version)
	if err == nil {
		return len(results), nil
	}
	if partial, ok := errors.AsType[*goose.PartialError](err); ok {
		return len(partial.Applied), fmt.Errorf("migrating %s by %s: %w", layout.Database, partial.Failed.Source.Path, partial.Err)
	}
	return 0, fmt.Errorf("migrating %s: %w", layout.Database, err)
}

// State of one migration.
type State struct {
	Version int64
	Name    string
	// AppliedAt is zero while the migration is pending.
	AppliedAt time.Time
}

// Status lists all migrations that this program knows, oldest first.
// It makes nothing, not even the database: a look at production must not change it.
func Status(ctx context.Context, server *clickhouse.Options, layout Layout) ([]State, error) {
	steps, err := layout.steps()
	if err != nil {
		return nil, err
	}
	if err := findDatabase(ctx, server, layout); err != nil {
		return nil, err
	}
	provider, err := open(server, layout)
	if err != nil {
		return nil, err
	}
	defer provider.Close()
	found, err := provider.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the migrations of %s: %w", layout.Database, err)
	}
	states := make([]State, len(found))
	for i, f := range found {
		// Both lists are in the order of their versions, which is that of the files' names.
		states[i] = State{Version: f.Source.Version, Name: steps[i].name, AppliedAt: f.AppliedAt}
	}
	return states, nil
}

// Print writes every statement of the layout, for people who run them themselves.
// It needs no server. What is run by hand is not recorded as applied, and running it again
// by [Migrate] is harmless.
func Print(w io.Writer, layout Layout) error {
	steps, err := layout.steps()
	if err != nil {
		return err
	}
	for _, s := range steps {
		if _, err := fmt.Fprintf(w, "-- %s\n\n", s.name); err != nil {
			return err
		}
		for _, statement := range s.statements {
			if _, err := fmt.Fprintf(w, "%s;\n\n", statement); err != nil {
				return err
			}
		}
	}
	return nil
}

// createDatabase connects without a database, since it may not exist yet.
// The names were validated, so they need no escaping within their backticks.
func createDatabase(ctx context.Context, server *clickhouse.Options, layout Layout) error {
	anywhere := *server
	anywhere.Auth.Database = ""
	db := clickhouse.OpenDB(&anywhere)
	defer db.Close()
	statement := "CREATE DATABASE IF NOT EXISTS `" + layout.Database + "`"
	if layout.Cluster != "" {
		statement += " ON CLUSTER `" + layout.Cluster + "`"
	}
	if _, err := db.ExecContext(ctx, statement+" ENGINE = Atomic"); err != nil {
		return fmt.Errorf("creating database %s: %w", layout.Database, err)
	}
	return nil
}

// findDatabase connects without a database as well: with a name that does not exist the
// server refuses the login, and the cause would be lost.
func findDatabase(ctx context.Context, server *clickhouse.Options, layout Layout) error {
	anywhere := *server
	anywhere.Auth.Database = ""
	db := clickhouse.OpenDB(&anywhere)
	defer db.Close()
	var n uint64
	if err := db.QueryRowContext(ctx, "SELECT count() FROM system.databases WHERE name = ?", layout.Database).Scan(&n); err != nil {
		return fmt.Errorf("looking for database %s: %w", layout.Database, err)
	}
	if n == 0 {
		return fmt.Errorf("database %s does not exist; migrate makes it", layout.Database)
	}
	return nil
}

// open returns goose over the layout's migrations; closing it closes its connections. The
// migrations are Go functions because each is rendered for the layout first, which goose's
// own SQL files cannot be.
func open(server *clickhouse.Options, layout Layout) (*goose.Provider, error) {
	steps, err := layout.steps()
	if err != nil {
		return nil, err
	}
	migrations := make([]*goose.Migration, len(steps))
	for i, s := range steps {
		// RunDB and not RunTx: ClickHouse has no transaction around DDL. There is no way down.
		migrations[i] = goose.NewGoMigration(s.version, &goose.GoFunc{RunDB: s.run}, nil)
	}
	store, err := newVersions(layout)
	if err != nil {
		return nil, fmt.Errorf("preparing migrations: %w", err)
	}
	within := *server
	within.Auth.Database = layout.Database
	provider, err := goose.NewProvider(goose.DialectCustom, clickhouse.OpenDB(&within), nil,
		goose.WithStore(store), goose.WithGoMigrations(migrations...),
		// Without the registry no imported package can add a migration.
		goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return nil, fmt.Errorf("preparing migrations: %w", err)
	}
	return provider, nil
}

// run stops at the first statement that fails; those before it stay.
func (s step) run(ctx context.Context, db *sql.DB) error {
	for i, statement := range s.statements {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("running statement %d of %s: %w", i+1, s.name, err)
		}
	}
	return nil
}
