-- What was read from a topic and is no event: the raw bytes, their place, why.
-- A row without bytes stands for offsets that were gone before they were read,
-- up to and including kafka_offset.
CREATE TABLE IF NOT EXISTS {{table "rejected"}}
(
    topic           LowCardinality(String),
    kafka_partition Int32,
    kafka_offset    Int64,
    key             String,
    raw             String CODEC(ZSTD(3)),
    reason          String,
    time            DateTime64(3, 'UTC') COMMENT 'of the Kafka record',
    stored_at       DateTime64(3, 'UTC')
)
ENGINE = {{engine "MergeTree"}}
PARTITION BY toYYYYMM(stored_at)
ORDER BY (topic, kafka_partition, kafka_offset)
SETTINGS {{dedup}};

{{distributed "rejected" "sipHash64(topic, kafka_partition)"}}
