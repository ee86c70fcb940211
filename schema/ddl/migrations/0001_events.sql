-- One row per stored event. The columns that schema/ddl/rows maps to fields of
-- schema.Event keep every field without loss; the last group is of the ingest.
-- The month of storage partitions the table, not the month of the event, so
-- that hostile times cannot make partitions.
CREATE TABLE IF NOT EXISTS {{table "events"}}
(
    tenant               LowCardinality(String),
    collector_id         LowCardinality(String),
    epoch                UUID,
    collector_seq        UInt64,
    session_id           UUID,
    seq                  UInt64,
    prev                 FixedString(32),
    basis                LowCardinality(String),

    time                 DateTime64(9, 'UTC') CODEC(Delta, LZ4),
    mono                 Int64 CODEC(Delta, LZ4),
    clock                LowCardinality(String),

    kind                 LowCardinality(String),
    direction            LowCardinality(String),
    method               LowCardinality(String),
    rpc_id               String,
    target               String,
    outcome              LowCardinality(String),
    error_code           Int64,
    http_status          UInt16,
    flags                UInt64,

    exchange             UInt64,
    request_seq          UInt64,
    duration             Int64,
    operation            String,
    progress_token       String,
    task_id              String,
    request_state        FixedString(32),
    sse_id               FixedString(32),
    trace_id             String,
    span_id              String,
    keys Nested
    (
        name             LowCardinality(String),
        value            String,
        where            LowCardinality(String)
    ),

    principal_issuer      LowCardinality(String),
    principal_subject     LowCardinality(String),
    principal_client_id   LowCardinality(String),
    principal_fingerprint String,
    principal_verified    Bool,
    scopes               Array(LowCardinality(String)),
    client_name          LowCardinality(String),
    client_version       LowCardinality(String),
    server_name          LowCardinality(String),
    server_version       LowCardinality(String),
    protocol_version     LowCardinality(String),
    transport            LowCardinality(String),
    upstream             LowCardinality(String),
    peer                 LowCardinality(String),

    payload              String CODEC(ZSTD(3)),
    size                 UInt64,
    commitment           FixedString(32),
    redactions Nested
    (
        pointer          String,
        rule             LowCardinality(String),
        length           UInt64,
        token            String
    ),
    policy               FixedString(32),

    gap_from             UInt64,
    gap_to               UInt64,
    gap_count            UInt64,
    gap_bytes            UInt64,
    gap_reason           LowCardinality(String),

    topic                LowCardinality(String),
    kafka_partition      Int32,
    kafka_offset         Int64 CODEC(Delta, LZ4),
    hash                 FixedString(32) COMMENT 'leaf hash of the canonical bytes, schema.LeafHash',
    stored_at            DateTime64(3, 'UTC') COMMENT 'one value per inserted block',

    INDEX by_time time TYPE minmax,
    INDEX by_stored_at stored_at TYPE minmax,
    INDEX by_offset kafka_offset TYPE minmax,
    INDEX by_target target TYPE bloom_filter(0.01),
    INDEX by_trace trace_id TYPE bloom_filter(0.01),
    INDEX by_key keys.value TYPE bloom_filter(0.01),
    INDEX by_subject principal_subject TYPE bloom_filter(0.01),
    INDEX payload_words payload TYPE text(tokenizer = 'splitByNonAlpha', preprocessor = lower(payload)),

    -- What max(kafka_offset) reads: a part is finished with its projection or not
    -- at all, so the high-water mark never lies behind the rows.
    PROJECTION progress (SELECT topic, kafka_partition, max(kafka_offset) GROUP BY topic, kafka_partition)
)
ENGINE = {{engine "MergeTree"}}
PARTITION BY toYYYYMM(stored_at)
ORDER BY (tenant, session_id, seq)
SETTINGS index_granularity = 1024, {{dedup}};

{{distributed "events" "sipHash64(session_id)"}}
