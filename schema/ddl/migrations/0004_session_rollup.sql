-- One row per session and inserted block, merged by the engine. Only aggregates
-- that do not change when a row comes twice: a block may be rolled up again.
CREATE TABLE IF NOT EXISTS {{table "session_rollup"}}
(
    tenant           LowCardinality(String),
    session_id       UUID,
    collector_id     SimpleAggregateFunction(max, String),
    epoch            SimpleAggregateFunction(max, UUID),
    basis            AggregateFunction(argMax, String, UInt64),
    transport        SimpleAggregateFunction(max, String),
    upstream         SimpleAggregateFunction(max, String),
    started          SimpleAggregateFunction(min, DateTime64(9, 'UTC')),
    last_time        SimpleAggregateFunction(max, DateTime64(9, 'UTC')),
    stored_at        SimpleAggregateFunction(max, DateTime64(3, 'UTC')),
    last_seq         SimpleAggregateFunction(max, UInt64),
    closed           SimpleAggregateFunction(max, UInt8),
    seqs             AggregateFunction(groupBitmap, UInt64),
    requests         AggregateFunction(groupBitmapIf, UInt64, UInt8),
    tool_calls       AggregateFunction(groupBitmapIf, UInt64, UInt8),
    errors           AggregateFunction(groupBitmapIf, UInt64, UInt8),
    gaps             AggregateFunction(groupUniqArrayIf(1000), Tuple(UInt64, UInt64, UInt64, UInt64, String), UInt8),
    client           AggregateFunction(argMaxIf, Tuple(String, String), UInt64, UInt8),
    server           AggregateFunction(argMaxIf, Tuple(String, String), UInt64, UInt8),
    principal        AggregateFunction(argMaxIf, Tuple(String, String, String, String, Bool), UInt64, UInt8),
    protocol_version AggregateFunction(argMaxIf, String, UInt64, UInt8),
    peer             AggregateFunction(argMaxIf, String, UInt64, UInt8)
)
ENGINE = {{engine "AggregatingMergeTree"}}
ORDER BY (tenant, session_id)
SETTINGS index_granularity = 1024, {{dedup}};

{{distributed "session_rollup" "sipHash64(session_id)"}}

{{define "rollup" -}}
    tenant,
    session_id,
    max(toString(e.collector_id)) AS collector_id,
    max(e.epoch) AS epoch,
    argMaxState(toString(e.basis), e.seq) AS basis, -- it can grow stronger
    max(toString(e.transport)) AS transport,
    max(toString(e.upstream)) AS upstream,
    min(e.time) AS started,
    max(e.time) AS last_time,
    max(e.stored_at) AS stored_at,
    max(e.seq) AS last_seq,
    max(e.kind = 'close') AS closed,
    groupBitmapState(e.seq) AS seqs,
    -- A replayed request (bit 1 of the flags) had been counted when it first crossed.
    groupBitmapIfState(e.seq, e.kind = 'request' AND bitAnd(e.flags, 1) = 0) AS requests,
    groupBitmapIfState(e.seq, e.kind = 'request' AND bitAnd(e.flags, 1) = 0 AND e.method = 'tools/call') AS tool_calls,
    groupBitmapIfState(e.seq, e.outcome NOT IN ('', 'ok', 'input_required', 'task', 'accepted', 'cancelled')
        AND bitAnd(e.flags, 1) = 0) AS errors,
    groupUniqArrayIfState(1000)((e.gap_from, e.gap_to, e.gap_count, e.gap_bytes, toString(e.gap_reason)), e.kind = 'gap') AS gaps,
    argMaxIfState((toString(e.client_name), toString(e.client_version)), e.seq, e.client_name != '') AS client,
    argMaxIfState((toString(e.server_name), toString(e.server_version)), e.seq, e.server_name != '') AS server,
    argMaxIfState((toString(e.principal_issuer), toString(e.principal_subject), toString(e.principal_client_id),
        e.principal_fingerprint, e.principal_verified), e.seq,
        e.principal_issuer != '' OR e.principal_subject != '' OR e.principal_client_id != '' OR e.principal_fingerprint != '') AS principal,
    argMaxIfState(toString(e.protocol_version), e.seq, e.protocol_version != '') AS protocol_version,
    argMaxIfState(toString(e.peer), e.seq, e.peer != '') AS peer
{{- end}}
CREATE MATERIALIZED VIEW IF NOT EXISTS {{view "session_rollup_mv"}} TO {{local "session_rollup"}} AS
SELECT {{template "rollup"}}
FROM {{local "events"}} AS e
GROUP BY tenant, session_id;

-- What ingest rolls up again when it takes over a partition: the engine may have
-- been killed after a block's events were stored and before its rollup was.
CREATE VIEW IF NOT EXISTS {{view "session_rollup_since"}} AS
SELECT {{template "rollup"}}
FROM {{from "events"}} AS e
WHERE topic = {topic:String} AND kafka_partition = {partition:Int32} AND kafka_offset >= {offset:Int64}
GROUP BY tenant, session_id;

CREATE VIEW IF NOT EXISTS {{view "sessions"}} AS
SELECT
    tenant,
    session_id,
    max(r.collector_id) AS collector_id,
    max(r.epoch) AS epoch,
    argMaxMerge(r.basis) AS basis,
    max(r.transport) AS transport,
    max(r.upstream) AS upstream,
    min(r.started) AS started,
    max(r.last_time) AS last_time,
    max(r.stored_at) AS stored_at,
    max(r.last_seq) AS last_seq,
    max(r.closed) AS closed,
    groupBitmapMerge(r.seqs) AS events,
    groupBitmapIfMerge(r.requests) AS requests,
    groupBitmapIfMerge(r.tool_calls) AS tool_calls,
    groupBitmapIfMerge(r.errors) AS errors,
    arraySort(groupUniqArrayIfMerge(1000)(r.gaps)) AS gaps,
    arraySum(g -> toInt64(g.2 - g.1 + 1), gaps) AS lost,
    argMaxIfMerge(r.client) AS client,
    client.1 AS client_name,
    client.2 AS client_version,
    argMaxIfMerge(r.server) AS server,
    server.1 AS server_name,
    server.2 AS server_version,
    argMaxIfMerge(r.principal) AS principal,
    principal.1 AS principal_issuer,
    principal.2 AS principal_subject,
    principal.3 AS principal_client_id,
    principal.4 AS principal_fingerprint,
    principal.5 AS principal_verified,
    argMaxIfMerge(r.protocol_version) AS protocol_version,
    argMaxIfMerge(r.peer) AS peer
FROM {{from "session_rollup"}} AS r
GROUP BY tenant, session_id;
