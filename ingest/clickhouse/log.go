package clickhouse

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/mcptrail/mcptrail/ingest"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/seal"
)

// BeginLog makes a log the current one of a partition. The view ingest_progress takes the
// highest base, so a second row of one log changes nothing.
//
// Under the partition's lock: an insert that began in the log before has ended when this row
// is written. Once it is, the high-water mark counts from the new base, so rows of the old
// log no longer stand for offsets of the new one.
func (s *Store) BeginLog(ctx context.Context, topic string, partition int, log ingest.Log) error {
	return withPartitionLock(ctx, func() error {
		batch, err := s.conn.PrepareBatch(s.locked(ctx, topic, partition), "INSERT INTO "+s.in("ingest_logs")+" (topic, kafka_partition, base, start, cause, found_at)")
		if err != nil {
			return err
		}
		if err := batch.Append(topic, int32(partition), log.Base, log.Start, log.Cause, time.Now()); err != nil {
			return err
		}
		return batch.Send()
	})
}

// Hash is the leaf hash of the event or seal in a place; false if there is none.
// The offset has the base of its log added. A rejected record is none of both.
func (s *Store) Hash(ctx context.Context, topic string, partition int, offset int64) (hash schema.Hash, known bool, err error) {
	err = withPartitionLock(ctx, func() error {
		hash, known, err = s.hash(s.locked(ctx, topic, partition), topic, partition, offset)
		return err
	})
	if err != nil {
		err = fmt.Errorf("reading what is stored from offset %d: %w", offset, err)
	}
	return hash, known, err
}

// hash relies on the skip index by_offset of the table events: the sorting key has no offset.
// Of rows that came twice any one will do, since they differ in nothing that is read.
func (s *Store) hash(ctx context.Context, topic string, partition int, offset int64) (hash schema.Hash, known bool, err error) {
	const place = " WHERE topic = ? AND kafka_partition = ? AND kafka_offset = ? LIMIT 1"
	var text string
	err = s.conn.QueryRow(ctx, "SELECT hash FROM "+s.in("events")+place, topic, partition, offset).Scan(&text)
	if err == nil {
		return schema.Hash([]byte(text)), true, nil
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return hash, false, err
	}
	// A seal's row has no hash: its record is put together again from its columns.
	var note, certificate, leaves string
	err = s.conn.QueryRow(ctx, "SELECT note, certificate, leaves FROM "+s.in("seals")+place, topic, partition, offset).Scan(&note, &certificate, &leaves)
	if errors.Is(err, sql.ErrNoRows) {
		return hash, false, nil
	}
	if err != nil {
		return hash, false, err
	}
	record := seal.Record{Note: []byte(note), Certificate: []byte(certificate)}
	if record.Leaves, err = seal.Leaves([]byte(leaves)); err != nil {
		return hash, false, fmt.Errorf("reading the leaves of a seal: %w", err)
	}
	return schema.LeafHash(record.Append(nil)), true, nil
}
