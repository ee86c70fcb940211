// Package clickhouse stores blocks in ClickHouse.
//
// The one rule: one block is one insert into each table, with a token of its own,
// never split and never merged with another by the server.
package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/ingest"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/ddl/dsn"
	"github.com/mcptrail/mcptrail/schema/ddl/rows"
	"github.com/mcptrail/mcptrail/schema/retry"
)

// Store is an [ingest.Store] on one ClickHouse server or cluster.
type Store struct {
	conn     driver.Conn
	database string
	// owner begins the query ids of what is done for a partition, see [Store.lock].
	owner string
	// inserts are *insert of the past, for their memory.
	inserts sync.Pool
}

// insert is what one insert of events needs. One goroutine uses it until it goes back to
// the pool, empty: a block of 8192 events needs some megabytes for its columns.
type insert struct {
	block    rows.Block
	prepared *rows.Insert
}

// New makes a store on the database that the options name. It does not connect.
func New(opts *clickhouse.Options) (*Store, error) {
	own := *opts
	// A name that does not exist is then an answer to a query, not a refused login.
	own.Auth.Database = ""
	// Each partition has at most one query under way, and a check of what is kept beside it.
	own.MaxOpenConns, own.MaxIdleConns = 256, 32
	conn, err := dsn.Open(&own)
	if err != nil {
		return nil, err
	}
	return &Store{conn: conn, database: opts.Auth.Database, owner: "mcptrail-ingest", inserts: sync.Pool{New: func() any { return new(insert) }}}, nil
}

// in names a table of the database.
func (s *Store) in(table string) string { return "`" + s.database + "`." + table }

// Close gives up the connections.
func (s *Store) Close() error { return s.conn.Close() }

// Insert stores the definitions, the events, the seals and the rejected records of a
// block.
// It sets nothing in the block: the caller marks it as tried, also after an error.
func (s *Store) Insert(ctx context.Context, b *ingest.Block) error {
	if !b.Reread {
		if err := s.insert(ctx, b, b.Token()); err != nil || !b.Tried {
			return err
		}
	}
	// Its token is known, perhaps without its rows: an engine that is killed while it takes
	// a block may remember the token and not have them, and then takes the next attempt for
	// a repeat. One of some hundred kills did that.
	if err := s.fill(ctx, b); err != nil || !b.Tried {
		return err
	}
	// Its rows are there, perhaps without what the views make of them: an insert is not
	// atomic over a table and its views.
	return s.RollUp(ctx, b.Topic, b.Partition, b.First)
}

// fill stores the records of a block whose places are empty. No insert of the partition is
// under way between the question and the insert, see [Store.lock].
func (s *Store) fill(ctx context.Context, b *ingest.Block) error {
	var stored []int64
	err := withPartitionLock(ctx, func() (err error) {
		// A refused query has done nothing, so a step may run again as it is.
		stored, err = s.stored(s.locked(ctx, b.Topic, b.Partition), b.Topic, b.Partition, b.First, b.Last)
		return err
	})
	if err != nil {
		return fmt.Errorf("looking for the %d records of a block: %w", b.Len(), err)
	}
	missing := b.Without(stored)
	if missing.Len() == 0 {
		return nil
	}
	if !b.Reread {
		slog.Warn("the engine knew a block and did not have it", "block", b.Token(), "records", b.Len(), "missing", missing.Len())
	}
	return s.insert(ctx, missing, retryToken(b))
}

// retryToken is a deduplication token that was never used: the engine inserts the rows
// whatever it remembers of the block's own token. Only for rows that were looked for and
// are missing, or whose repeat changes nothing.
func retryToken(b *ingest.Block) string { return b.Token() + "/" + uuid.NewString() }

// insert stores a block under a token, in the order definitions, events, seals, rejected
// records, each durable before the next begins.
func (s *Store) insert(ctx context.Context, b *ingest.Block, token string) error {
	if offers := withDefinitions(b); len(offers) > 0 {
		// Before the events: a block counts as stored once its events are, so no
		// stored answer lacks its definitions. A repeat changes nothing in their tables.
		of := token
		if b.Tried || b.Reread {
			of = retryToken(b)
		}
		if err := withPartitionLock(ctx, func() error { return rows.SendDefinitions(s.inserting(ctx, b, of), s.conn, s.database, offers) }); err != nil {
			return fmt.Errorf("inserting the definitions of %d events: %w", len(offers), err)
		}
	}
	// Each table has an insert of its own, so a block can be stored in part. Its token is
	// the same in all of them: the next attempt adds what is missing and repeats nothing.
	if len(b.Events) > 0 {
		if err := withPartitionLock(ctx, func() error { return s.insertEvents(ctx, b, token) }); err != nil {
			return fmt.Errorf("inserting %d events: %w", len(b.Events), err)
		}
	}
	if len(b.Seals) > 0 {
		if err := withPartitionLock(ctx, func() error { return s.insertSeals(ctx, b, token) }); err != nil {
			return fmt.Errorf("inserting %d seals: %w", len(b.Seals), err)
		}
	}
	if len(b.Rejected) > 0 {
		if err := withPartitionLock(ctx, func() error { return s.insertRejected(ctx, b, token) }); err != nil {
			return fmt.Errorf("inserting %d rejected records: %w", len(b.Rejected), err)
		}
	}
	return nil
}

// withDefinitions returns the events of a block that can hold definitions.
func withDefinitions(b *ingest.Block) (events []*schema.Event) {
	for i := range b.Events {
		if e := b.Events[i].Event; rows.MayDefine(e) {
			events = append(events, e)
		}
	}
	return events
}

// insertEvents stores with each event where it came from and when its block was begun. These
// are the same in every attempt, and so is the checksum over them.
func (s *Store) insertEvents(ctx context.Context, b *ingest.Block, token string) error {
	// Deferred calls run from the last to the first: emptied, then put back.
	in := s.inserts.Get().(*insert)
	defer s.inserts.Put(in)
	defer in.block.Reset()
	at := rows.Location{Topic: b.Topic, Partition: int32(b.Partition), StoredAt: b.Begun}
	for i := range b.Events {
		at.Offset, at.Hash = b.Events[i].Offset, b.Events[i].Hash
		in.block.Append(b.Events[i].Event, at)
	}
	ctx = s.inserting(ctx, b, token)
	if in.prepared == nil {
		prepared, err := rows.PrepareInsert(ctx, s.conn, s.database)
		if err != nil {
			return err
		}
		in.prepared = prepared
	}
	err := in.prepared.Send(ctx, &in.block)
	if err != nil {
		in.prepared = nil // it may be of a table that has changed since
	}
	return err
}

// insertRejected stores the raw bytes, so that a record can be mended and sent again.
func (s *Store) insertRejected(ctx context.Context, b *ingest.Block, token string) error {
	batch, err := s.conn.PrepareBatch(s.inserting(ctx, b, token), "INSERT INTO "+s.in("rejected")+" (topic, kafka_partition, kafka_offset, key, raw, reason, time, stored_at)")
	if err != nil {
		return err
	}
	for _, r := range b.Rejected {
		if err := batch.Append(b.Topic, int32(b.Partition), r.Offset, string(r.Key), string(r.Value), r.Reason, r.Time, b.Begun); err != nil {
			return err
		}
	}
	return batch.Send()
}

// inserting is the context of an insert.
// The settings belong to the one query, so a server with other defaults stores alike.
func (s *Store) inserting(ctx context.Context, b *ingest.Block, token string) context.Context {
	settings := clickhouse.Settings{
		// On by default since 26.3, and it would merge blocks.
		"async_insert":               0,
		"insert_deduplicate":         1,
		"insert_deduplication_token": token,
		// A block that is stored but not rolled up is rolled up by the next attempt.
		"deduplicate_blocks_in_dependent_materialized_views": 1,
		// On a cluster the answer comes when every shard has its rows.
		"distributed_foreground_insert": 1,
		// Merges build these; the cheap ones are built at once.
		"exclude_materialize_skip_indexes_on_insert": "payload_words,by_target,by_trace,by_key,by_subject",
	}
	// For all tables, though only the prepared insert of events needs them: a context has one
	// set of settings.
	maps.Copy(settings, rows.Settings())
	return clickhouse.Context(s.locked(ctx, b.Topic, b.Partition), clickhouse.WithSettings(settings))
}

// locked is the context of what nobody else may do for the partition at the same time.
func (s *Store) locked(ctx context.Context, topic string, partition int) context.Context {
	return clickhouse.Context(ctx, clickhouse.WithQueryID(s.lock(topic, partition)))
}

// lock is the query id of everything that is done for one partition. The server
// runs no two queries with one id at a time: this is the fencing between the owners of a
// partition, so that one that takes over cannot read what is stored before an insert of
// the one before has ended. It holds on one server; on a cluster all processes must use
// the same node for a partition's queries, or a late insert can land behind the read.
func (s *Store) lock(topic string, partition int) string {
	return fmt.Sprintf("%s/%s/%s/%d", s.owner, s.database, topic, partition)
}

// patience is how long the end of a partition's last query is awaited without an error.
const patience = 5 * time.Second

// withPartitionLock runs a step whose queries have the id of [Store.lock], and retries it
// while the server still runs the partition's last query. The server frees an id a moment
// after it has answered, which is no trouble; after patience the query is one of another
// process, perhaps a dead one, and the error says so.
func withPartitionLock(ctx context.Context, step func() error) error {
	begun, pauses := time.Now(), retry.New(5*time.Millisecond, time.Second)
	for {
		err := step()
		refusal, ok := errors.AsType[*clickhouse.Exception](err)
		if !ok || refusal.Code != codeQueryRunning || time.Since(begun) > patience {
			return err
		}
		if pauses.Wait(ctx) != nil {
			return err
		}
	}
}
