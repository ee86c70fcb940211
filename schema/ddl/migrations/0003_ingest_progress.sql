-- Where every stored record came from. On a cluster all replicas are asked: the
-- one that lags must not set the high-water mark.
CREATE VIEW IF NOT EXISTS {{view "ingest_places"}} AS
SELECT 'events' AS stored_in, topic, kafka_partition AS partition, kafka_offset AS offset
FROM {{everywhere "events"}}
UNION ALL
SELECT 'rejected' AS stored_in, topic, kafka_partition AS partition, kafka_offset AS offset
FROM {{everywhere "rejected"}};

-- How far each partition is stored; -1 is nothing.
CREATE VIEW IF NOT EXISTS {{view "ingest_progress"}} AS
SELECT topic, partition, max(in_events) AS events_offset, max(in_rejected) AS rejected_offset,
    greatest(events_offset, rejected_offset) AS offset
FROM
(
    SELECT topic, kafka_partition AS partition, max(kafka_offset) AS in_events, -1 AS in_rejected
    FROM {{everywhere "events"}} GROUP BY topic, kafka_partition
    UNION ALL
    SELECT topic, kafka_partition AS partition, -1 AS in_events, max(kafka_offset) AS in_rejected
    FROM {{everywhere "rejected"}} GROUP BY topic, kafka_partition
)
GROUP BY topic, partition;
