package clickhouse

import (
	"context"
	"fmt"
	"math"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/mcptrail/mcptrail/ingest"
	"github.com/mcptrail/mcptrail/schema"
)

// rolledUp are the tables that views fill from the events of a block.
// key_sessions is not among them: a view fills it from what goes into session_keys.
// Definitions are not either: they are stored before their events.
var rolledUp = []string{"session_rollup", "session_keys", "event_points"}

// Resume reads what is stored beyond the committed offset, and fills the derived tables
// from it: the engine may have died between a block and what its views made of that. The
// high-water mark counts from the tables, not from Kafka, since a commit may be missing.
//
// All of it runs under the partition's lock. An insert of the owner before has then ended,
// stored or not, and none can land behind the answer.
func (s *Store) Resume(ctx context.Context, topic string, partition int, committed int64) (p ingest.Progress, err error) {
	err = withPartitionLock(ctx, func() error {
		p, err = s.resume(ctx, topic, partition, committed)
		return err
	})
	return p, err
}

func (s *Store) resume(ctx context.Context, topic string, partition int, committed int64) (ingest.Progress, error) {
	ctx = s.locked(ctx, topic, partition)
	at, err := s.progress(ctx, topic, partition)
	if err != nil {
		return ingest.Progress{}, err
	}
	base, start, last, rejected := at.base, at.start, at.last, at.rejected
	// From here on offsets have the base added. An offset that was committed before the log
	// began anew lies before its start, and means nothing in it.
	if committed = max(committed, 0) + base; start > committed {
		committed = start
	}
	newest, err := s.mark(ctx, topic, partition, at)
	if err != nil {
		return ingest.Progress{}, err
	}
	from, err := s.missingFrom(ctx, topic, partition, start, committed)
	if err != nil {
		return ingest.Progress{}, err
	}
	// Three cases: rows below the committed offset are gone; nothing lies beyond it, which is
	// the usual one and rolls nothing up; or a block was stored and not committed.
	reread := int64(0)
	switch {
	case from < committed:
		reread = committed
	case max(last, rejected) < committed:
		return ingest.Progress{Base: base, Newest: newest, Start: committed}, nil
	default:
		// Only the last block can have holes, since a crash leaves part of it on some shards
		// of a cluster: the one before it was stored whole.
		from = max(committed, last+1-schema.MaxBlockEvents)
	}
	stored, err := s.stored(ctx, topic, partition, from, math.MaxInt64)
	if err != nil {
		return ingest.Progress{}, fmt.Errorf("reading the stored offsets from %d on: %w", from, err)
	}
	// Before the answer: once ingest goes on from there, nobody looks at these rows again.
	if err := s.rollUp(ctx, topic, partition, from); err != nil {
		return ingest.Progress{}, err
	}
	p := ingest.NewProgress(from, stored)
	p.Base, p.Newest, p.Reread = base, newest, reread
	return p, nil
}

// progress is a row of the view ingest_progress. Offsets have the base added.
type progress struct {
	// last is the offset of the newest event or seal, rejected of the last rejected record,
	// -1 if there are none.
	last, rejected int64
	base, start    int64
}

// For events and seals the projections progress are there to answer it: they keep a maximum
// for each part and partition.
func (s *Store) progress(ctx context.Context, topic string, partition int) (p progress, err error) {
	// Of a partition that is not known yet the maxima are of the one row of defaults.
	err = s.conn.QueryRow(ctx, "SELECT max(offset), max(rejected_offset), max(base), max(start) FROM (SELECT toInt64(-1) AS offset, toInt64(-1) AS rejected_offset, toInt64(0) AS base, toInt64(0) AS start"+
		" UNION ALL SELECT offset, rejected_offset, base, start FROM "+s.in("ingest_progress")+" WHERE topic = ? AND partition = ?)",
		topic, partition).Scan(&p.last, &p.rejected, &p.base, &p.start)
	if err != nil {
		err = fmt.Errorf("reading the last stored offset: %w", err)
	}
	return p, err
}

// mark is the newest record that is stored of the current log.
// An offset below the start of the log is one of a log before it, and is no mark.
func (s *Store) mark(ctx context.Context, topic string, partition int, at progress) (ingest.Mark, error) {
	if at.last < at.start {
		return ingest.Mark{Offset: -1}, nil
	}
	hash, known, err := s.hash(ctx, topic, partition, at.last)
	if err != nil {
		return ingest.Mark{}, fmt.Errorf("reading what is stored from offset %d: %w", at.last, err)
	}
	if !known {
		return ingest.Mark{Offset: -1}, nil
	}
	return ingest.Mark{Offset: at.last, Hash: hash}, nil
}

// missingFrom is the committed offset, unless the record before it is not stored. A
// committed offset lies behind a record that was stored as an event, a seal or a rejected
// one, so the store has then lost rows: the offset behind the last one that is left.
//
// One offset is looked at and not all: rows that were lost further back are for verify and
// mcptrail reingest; to find them here, each assignment would read all of the partition.
func (s *Store) missingFrom(ctx context.Context, topic string, partition int, start, committed int64) (int64, error) {
	// Nothing was committed in this log: the record before is none, or one of another log.
	if committed == start {
		return committed, nil
	}
	there, err := s.stored(ctx, topic, partition, committed-1, committed-1)
	if err != nil {
		return 0, fmt.Errorf("reading whether offset %d is stored: %w", committed-1, err)
	}
	if len(there) > 0 {
		return committed, nil
	}
	last := start - 1
	if err := s.conn.QueryRow(ctx, "SELECT greatest(max(offset), ?) FROM "+s.in("ingest_places")+" WHERE topic = ? AND partition = ? AND offset BETWEEN ? AND ?",
		last, topic, partition, start, committed-1).Scan(&last); err != nil {
		return 0, fmt.Errorf("reading the last offset that is stored before %d: %w", committed, err)
	}
	return last + 1, nil
}

// Newest is the highest offset of a stored event or seal, -1 for none. The tables'
// projections answer it.
func (s *Store) Newest(ctx context.Context, topic string, partition int) (int64, error) {
	at, err := s.progress(ctx, topic, partition)
	return at.last, err
}

// RollUp is [Store.rollUp] from an offset on that has the base of its log. It reads all
// events from there to the end: an upper bound would need views of its own.
func (s *Store) RollUp(ctx context.Context, topic string, partition int, from int64) error {
	return withPartitionLock(ctx, func() error { return s.rollUp(ctx, topic, partition, from) })
}

// rollUp fills what materialized views make of the events from an offset on. It is
// idempotent, since the derived tables keep only aggregates that a repeat does not change;
// so deduplication is off, which could take these rows for ones that it remembers and the
// engine lost, see confirm.
//
// A crash between two tables leaves the second one behind; the next Resume fills both again.
func (s *Store) rollUp(ctx context.Context, topic string, partition int, from int64) error {
	ctx = clickhouse.Context(s.locked(ctx, topic, partition), clickhouse.WithSettings(clickhouse.Settings{"insert_deduplicate": 0}))
	for _, table := range rolledUp {
		if err := s.conn.Exec(ctx, "INSERT INTO "+s.in(table)+" SELECT * FROM "+s.in(table+"_since")+"(topic = ?, partition = ?, offset = ?)",
			topic, partition, from); err != nil {
			return fmt.Errorf("filling %s from offset %d on: %w", table, from, err)
		}
	}
	return nil
}

// stored are the offsets in which something is stored, from one to another, ascending.
// DISTINCT, since on a cluster each replica answers for itself. The table events has the skip
// index by_offset for this: its sorting key has no offset.
func (s *Store) stored(ctx context.Context, topic string, partition int, from, to int64) (offsets []int64, err error) {
	found, err := s.conn.Query(ctx, "SELECT DISTINCT offset FROM "+s.in("ingest_places")+" WHERE topic = ? AND partition = ? AND offset BETWEEN ? AND ? ORDER BY offset",
		topic, partition, from, to)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	for found.Next() {
		var offset int64
		if err := found.Scan(&offset); err != nil {
			return nil, err
		}
		offsets = append(offsets, offset)
	}
	return offsets, found.Err()
}
