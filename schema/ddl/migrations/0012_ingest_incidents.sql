-- What ingest found or did that people should know of. Offsets are those of the log,
-- both included.
CREATE TABLE IF NOT EXISTS {{table "ingest_incidents"}}
(
    topic           LowCardinality(String),
    kafka_partition Int32,
    kind            LowCardinality(String) COMMENT 'store_behind: the tables held less than had been stored; reingest: somebody had records read again',
    from_offset     Int64,
    to_offset       Int64,
    detail          String COMMENT 'a sentence',
    found_at        DateTime64(3, 'UTC')
)
ENGINE = {{engine "MergeTree"}}
ORDER BY (topic, kafka_partition, found_at);

{{distributed "ingest_incidents" "sipHash64(topic, kafka_partition)"}}
