-- Signed statements over runs of a collector's events, as their canonical bytes.
CREATE TABLE IF NOT EXISTS {{table "seals"}}
(
    tenant          LowCardinality(String),
    collector_id    LowCardinality(String),
    epoch           UUID,
    first_seq       UInt64 COMMENT 'first collector_seq that the seal covers',
    last_seq        UInt64,
    seal            String CODEC(ZSTD(3)),
    topic           LowCardinality(String),
    kafka_partition Int32,
    kafka_offset    Int64,
    stored_at       DateTime64(3, 'UTC')
)
ENGINE = {{engine "MergeTree"}}
PARTITION BY toYYYYMM(stored_at)
ORDER BY (tenant, collector_id, epoch, first_seq)
SETTINGS index_granularity = 1024, {{dedup}};

{{distributed "seals" "sipHash64(collector_id)"}}

-- Tools, prompts and resources as servers described them, one row per content.
CREATE TABLE IF NOT EXISTS {{table "definitions"}}
(
    tenant     LowCardinality(String),
    hash       FixedString(32) COMMENT 'SHA-256 of the body',
    kind       LowCardinality(String) COMMENT 'tool, prompt, resource or resource_template',
    name       String,
    server     String,
    body       SimpleAggregateFunction(any, String) CODEC(ZSTD(3)),
    first_seen SimpleAggregateFunction(min, DateTime64(9, 'UTC')),
    last_seen  SimpleAggregateFunction(max, DateTime64(9, 'UTC'))
)
ENGINE = {{engine "AggregatingMergeTree"}}
ORDER BY (tenant, kind, name, server, hash)
SETTINGS index_granularity = 1024;

{{distributed "definitions" "sipHash64(hash)"}}

-- Who read what. Written before the rows are handed out.
CREATE TABLE IF NOT EXISTS {{table "access_log"}}
(
    time      DateTime64(3, 'UTC'),
    tenant    LowCardinality(String),
    principal String,
    action    LowCardinality(String),
    query     String,
    rows      UInt64 COMMENT 'that the action handed out, as far as known when written'
)
ENGINE = {{engine "MergeTree"}}
PARTITION BY toYYYYMM(time)
ORDER BY (tenant, time);

{{distributed "access_log" "rand()"}}
