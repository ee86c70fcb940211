-- What lies in each seal, and where each seal came from. The columns besides note,
-- certificate and leaves are derived from the note, to find it by.
ALTER TABLE {{table "seals"}} RENAME COLUMN IF EXISTS seal TO note;
ALTER TABLE {{table "seals"}} DROP COLUMN IF EXISTS last_seq;
ALTER TABLE {{table "seals"}}
    ADD COLUMN IF NOT EXISTS count UInt64 COMMENT 'events that the seal covers, from first_seq on' AFTER first_seq,
    ADD COLUMN IF NOT EXISTS seal_index UInt64 COMMENT 'numbers the seals of an epoch, from 0' AFTER count,
    ADD COLUMN IF NOT EXISTS time DateTime64(9, 'UTC') AFTER seal_index,
    ADD COLUMN IF NOT EXISTS final Bool COMMENT 'no seal of the epoch follows' AFTER time,
    ADD COLUMN IF NOT EXISTS sessions Array(UUID) COMMENT 'that the run touched' AFTER final,
    ADD COLUMN IF NOT EXISTS certificate String CODEC(ZSTD(3)) AFTER note,
    ADD COLUMN IF NOT EXISTS leaves String COMMENT 'leaf hashes of the run, one behind the other' AFTER certificate,
    ADD INDEX IF NOT EXISTS by_session sessions TYPE bloom_filter(0.01),
    ADD INDEX IF NOT EXISTS by_time time TYPE minmax,
    ADD PROJECTION IF NOT EXISTS progress (SELECT topic, kafka_partition, max(kafka_offset) GROUP BY topic, kafka_partition);
{{if .Cluster}}
ALTER TABLE {{view "seals"}} RENAME COLUMN IF EXISTS seal TO note;
ALTER TABLE {{view "seals"}} DROP COLUMN IF EXISTS last_seq;
ALTER TABLE {{view "seals"}}
    ADD COLUMN IF NOT EXISTS count UInt64 AFTER first_seq,
    ADD COLUMN IF NOT EXISTS seal_index UInt64 AFTER count,
    ADD COLUMN IF NOT EXISTS time DateTime64(9, 'UTC') AFTER seal_index,
    ADD COLUMN IF NOT EXISTS final Bool AFTER time,
    ADD COLUMN IF NOT EXISTS sessions Array(UUID) AFTER final,
    ADD COLUMN IF NOT EXISTS certificate String AFTER note,
    ADD COLUMN IF NOT EXISTS leaves String AFTER certificate;
{{end}}
-- A checksum, not a signature: ingest has no key that a verifier trusts.
ALTER TABLE {{table "events"}} ADD COLUMN IF NOT EXISTS place FixedString(32) COMMENT 'checksum over hash, topic, kafka_partition, kafka_offset and stored_at';
{{if .Cluster}}
ALTER TABLE {{view "events"}} ADD COLUMN IF NOT EXISTS place FixedString(32);
{{end}}
CREATE OR REPLACE VIEW {{view "ingest_places"}} AS
SELECT 'events' AS stored_in, topic, kafka_partition AS partition, kafka_offset AS offset
FROM {{everywhere "events"}}
UNION ALL
SELECT 'seals' AS stored_in, topic, kafka_partition AS partition, kafka_offset AS offset
FROM {{everywhere "seals"}}
UNION ALL
SELECT 'rejected' AS stored_in, topic, kafka_partition AS partition, kafka_offset AS offset
FROM {{everywhere "rejected"}};

CREATE OR REPLACE VIEW {{view "ingest_progress"}} AS
SELECT topic, partition, max(in_events) AS events_offset, max(in_rejected) AS rejected_offset,
    greatest(events_offset, rejected_offset, seals_offset) AS offset, max(in_seals) AS seals_offset
FROM
(
    SELECT topic, kafka_partition AS partition, max(kafka_offset) AS in_events, -1 AS in_rejected, -1 AS in_seals
    FROM {{everywhere "events"}} GROUP BY topic, kafka_partition
    UNION ALL
    SELECT topic, kafka_partition AS partition, -1 AS in_events, -1 AS in_rejected, max(kafka_offset) AS in_seals
    FROM {{everywhere "seals"}} GROUP BY topic, kafka_partition
    UNION ALL
    SELECT topic, kafka_partition AS partition, -1 AS in_events, max(kafka_offset) AS in_rejected, -1 AS in_seals
    FROM {{everywhere "rejected"}} GROUP BY topic, kafka_partition
)
GROUP BY topic, partition;
