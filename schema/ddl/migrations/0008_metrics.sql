-- One narrow row per event, for counting. Rows are counted one by one because any
-- event can be delivered twice, at another offset, an hour later: sums of sums
-- would count it twice, and bitmaps of (session, seq) are as many as the events
-- where sessions are short. What is one event has one sorting key, and FINAL
-- gives it once; time comes early in the key, so that only parts that were stored
-- together overlap and the rest is read as it lies.
CREATE TABLE IF NOT EXISTS {{table "event_points"}}
(
    tenant           LowCardinality(String),
    -- What most measures look at, so that a count of calls reads no answers.
    class            Enum8('call' = 1, 'end' = 2, 'other' = 3),
    second           UInt32 COMMENT 'of the event, since 1970; the last one for what is later' CODEC(Delta, LZ4),
    id               UInt64 COMMENT 'first bytes of the leaf hash' CODEC(NONE),
    session_id       UUID,
    kind             LowCardinality(String),
    method           LowCardinality(String),
    target           LowCardinality(String),
    outcome          LowCardinality(String),
    client           LowCardinality(String),
    server           LowCardinality(String),
    principal        LowCardinality(String) COMMENT 'subject, client id or fingerprint, the first that is known',
    upstream         LowCardinality(String),
    transport        LowCardinality(String),
    collector        LowCardinality(String),
    scopes           Array(LowCardinality(String)),
    duration         Int64 COMMENT 'ns from the request; -1 for what answers none',
    size             UInt64 CODEC(T64, LZ4),
    lost             UInt64 COMMENT 'messages that a gap event names' CODEC(T64, LZ4),
    lag              Int64 COMMENT 'ms from the event to its block; -1 for what was imported' CODEC(T64, LZ4),
    stored_at        DateTime64(3, 'UTC') CODEC(Delta, LZ4)
)
ENGINE = {{engine "ReplacingMergeTree"}}
PARTITION BY toYYYYMM(stored_at)
ORDER BY (tenant, class, second, id)
SETTINGS {{dedup}};

{{distributed "event_points" "sipHash64(session_id)"}}

{{define "point" -}}
    tenant,
    -- A replayed message (bit 1 of the flags) had been counted when it first crossed.
    multiIf(bitAnd(e.flags, 1) != 0, 'other', e.kind = 'request', 'call', e.outcome != '', 'end', 'other') AS class,
    toUInt32(least(intDiv(toUnixTimestamp64Nano(e.time), 1000000000), 4294967295)) AS second,
    reinterpretAsUInt64(substring(e.hash, 1, 8)) AS id,
    session_id,
    kind,
    method,
    target,
    outcome,
    client_name AS client,
    server_name AS server,
    multiIf(e.principal_subject != '', toString(e.principal_subject), e.principal_client_id != '', toString(e.principal_client_id),
        e.principal_fingerprint) AS principal,
    upstream,
    transport,
    collector_id AS collector,
    scopes,
    if(e.request_seq = 0, -1, e.duration) AS duration,
    size,
    gap_count AS lost,
    if(e.clock = 'imported', -1, greatest(toUnixTimestamp64Milli(e.stored_at) - intDiv(toUnixTimestamp64Nano(e.time), 1000000), 0)) AS lag,
    stored_at
{{- end}}
CREATE MATERIALIZED VIEW IF NOT EXISTS {{view "event_points_mv"}} TO {{local "event_points"}} AS
SELECT {{template "point"}}
FROM {{local "events"}} AS e;

-- Like session_rollup_since, and for the same reason.
CREATE VIEW IF NOT EXISTS {{view "event_points_since"}} AS
SELECT {{template "point"}}
FROM {{from "events"}} AS e
WHERE topic = {topic:String} AND kafka_partition = {partition:Int32} AND kafka_offset >= {offset:Int64};

-- What was stored before there was this table.
INSERT INTO {{from "event_points"}}
SELECT {{template "point"}}
FROM {{from "events"}} AS e;
