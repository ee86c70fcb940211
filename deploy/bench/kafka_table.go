package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/mcptrail/mcptrail/schema/ddl/rows"
)

// copied is the topic that the Kafka table reads.
const copied = "bench.rowbinary"

// deferred are the indexes that ingest leaves to merges, by a setting of its inserts.
// A Kafka table has no such setting, so the table that it fills does without them.
var deferred = []string{"payload_words", "by_target", "by_trace", "by_key", "by_subject"}

// kafkaTable stores the same events with ClickHouse's own Kafka table and a
// materialised view, into a table with the same columns and the same rollup.
//
// The engine has written the events to a topic of their own first, one row a message
// as RowBinary, since no format of ClickHouse reads a record of ours. It is the format
// that costs a reader least: columns in order, no names, no text to parse. Hash and
// offset are in the message too, so there they need not be made.
func (b *bench) kafkaTable(ctx context.Context, s *storage) (stored, error) {
	say("ingest: the engine writes RowBinary, then its Kafka table reads it")
	if err := s.kafka.CreateTopic(ctx, copied, partitions); err != nil {
		return stored{}, err
	}
	columns, err := s.columns(ctx)
	if err != nil {
		return stored{}, fmt.Errorf("reading the table's columns: %w", err)
	}
	table := func(name, settings string) string {
		return fmt.Sprintf("CREATE TABLE %s.%s (%s) ENGINE = Kafka SETTINGS kafka_broker_list = '%s', kafka_topic_list = '%s', "+
			"kafka_group_name = 'bench', kafka_format = 'RowBinary', %s", theirs, name, columns, s.kafka.Addr, copied, settings)
	}
	list := rows.Columns()
	for _, statement := range []string{
		"ALTER TABLE " + theirs + ".events DROP INDEX " + strings.Join(deferred, ", DROP INDEX "),
		table("writer", "kafka_max_rows_per_message = 1, kafka_compression_codec = 'zstd'"),
		"INSERT INTO " + theirs + ".writer SELECT " + list + " FROM " + ours + ".events ORDER BY kafka_partition, kafka_offset",
		table("reader", "kafka_num_consumers = 2, kafka_thread_per_consumer = 1, kafka_flush_interval_ms = 500"),
	} {
		if err := s.conn.Exec(ctx, statement); err != nil {
			return stored{}, fmt.Errorf("executing %.60s…: %w", statement, err)
		}
	}
	before := cpu(s.engine.Pid())
	view := "CREATE MATERIALIZED VIEW " + theirs + ".mover TO " + theirs + ".events AS SELECT " + list + " FROM " + theirs + ".reader"
	if err := s.conn.Exec(ctx, view); err != nil {
		return stored{}, fmt.Errorf("starting the Kafka table: %w", err)
	}
	took, err := s.await(ctx, theirs, b.events, nil)
	if err != nil {
		return stored{}, err
	}
	result := stored{events: float64(b.events), took: took, engine: cpu(s.engine.Pid()) - before}
	for _, name := range []string{"mover", "reader", "writer"} {
		if err := s.conn.Exec(ctx, "DROP TABLE "+theirs+"."+name+" SYNC"); err != nil {
			return stored{}, fmt.Errorf("stopping the Kafka table: %w", err)
		}
	}
	return result, nil
}

// columns are those of the table events, as in its definition.
func (s *storage) columns(ctx context.Context) (list string, err error) {
	err = s.conn.QueryRow(ctx, "SELECT arrayStringConcat(groupArray('`' || name || '` ' || type), ', ') FROM "+
		"(SELECT name, type FROM system.columns WHERE database = ? AND table = 'events' ORDER BY position)", ours).Scan(&list)
	return list, err
}
