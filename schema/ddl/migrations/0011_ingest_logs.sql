-- The logs that a topic partition has had: a log begins again at offset 0 when its topic
-- is made anew, or its broker's data is lost or replaced by an older copy. kafka_offset
-- of every table is the record's offset in its log plus the base of that log, so that it
-- never names two records. The first log of a partition has base 0 and no row.
CREATE TABLE IF NOT EXISTS {{table "ingest_logs"}}
(
    topic           LowCardinality(String),
    kafka_partition Int32,
    base            Int64 COMMENT 'kafka_offset less base is the offset in the log',
    start           Int64 COMMENT 'kafka_offset of the first record that was read from the log: what lies before it had been stored from an earlier log',
    cause           String COMMENT 'why it is another log than before',
    found_at        DateTime64(3, 'UTC')
)
ENGINE = {{engine "MergeTree"}}
ORDER BY (topic, kafka_partition, base)
SETTINGS {{dedup}};

{{distributed "ingest_logs" "sipHash64(topic, kafka_partition)"}}

-- How far each partition is stored, from its current log on; -1 is nothing. A rejected
-- record moves no mark: a row there is not made of a record that can be held against it.
CREATE OR REPLACE VIEW {{view "ingest_progress"}} AS
SELECT topic, partition, max(in_events) AS events_offset, max(in_rejected) AS rejected_offset,
    greatest(events_offset, seals_offset) AS offset, max(in_seals) AS seals_offset,
    max(in_log) AS base, max(from_start) AS start
FROM
(
    SELECT topic, kafka_partition AS partition, max(kafka_offset) AS in_events, -1 AS in_rejected, -1 AS in_seals, 0 AS in_log, 0 AS from_start
    FROM {{everywhere "events"}} GROUP BY topic, kafka_partition
    UNION ALL
    SELECT topic, kafka_partition AS partition, -1 AS in_events, -1 AS in_rejected, max(kafka_offset) AS in_seals, 0 AS in_log, 0 AS from_start
    FROM {{everywhere "seals"}} GROUP BY topic, kafka_partition
    UNION ALL
    SELECT topic, kafka_partition AS partition, -1 AS in_events, max(kafka_offset) AS in_rejected, -1 AS in_seals, 0 AS in_log, 0 AS from_start
    FROM {{everywhere "rejected"}} GROUP BY topic, kafka_partition
    UNION ALL
    SELECT topic, kafka_partition AS partition, -1 AS in_events, -1 AS in_rejected, -1 AS in_seals, max(l.base) AS in_log, max(l.start) AS from_start
    FROM {{everywhere "ingest_logs"}} AS l GROUP BY topic, kafka_partition
)
GROUP BY topic, partition;

-- Which numbers of a collector's run are stored: what receipts are made of. A part is
-- finished with its projection or not at all, so a receipt never names a row that is not
-- there.
ALTER TABLE {{table "events"}} ADD PROJECTION IF NOT EXISTS by_run (SELECT epoch, collector_seq ORDER BY epoch, collector_seq);
ALTER TABLE {{table "events"}} MATERIALIZE PROJECTION by_run;
ALTER TABLE {{table "seals"}} ADD PROJECTION IF NOT EXISTS by_run (SELECT epoch, seal_index ORDER BY epoch, seal_index);
ALTER TABLE {{table "seals"}} MATERIALIZE PROJECTION by_run;

-- On a cluster all replicas are asked: what one of them has is stored.
CREATE VIEW IF NOT EXISTS {{view "ingest_run_events"}} AS SELECT epoch, collector_seq AS number FROM {{everywhere "events"}};
CREATE VIEW IF NOT EXISTS {{view "ingest_run_seals"}} AS SELECT epoch, seal_index AS number FROM {{everywhere "seals"}};
