-- What can join sessions into trails: every correlation key of every session, and
-- who carried it. Two orders of the same rows, so that the keys of a session and the
-- sessions of a key are found without a look at events. Only aggregates that do not
-- change when a row comes twice.
CREATE TABLE IF NOT EXISTS {{table "session_keys"}}
(
    tenant     LowCardinality(String),
    session_id UUID,
    name       LowCardinality(String),
    value      String,
    place      LowCardinality(String) COMMENT 'where the key stood',
    holder     String COMMENT 'principal, else the fingerprint of the credential, else @ and the peer address',
    first_seq  SimpleAggregateFunction(min, UInt64),
    last_seq   SimpleAggregateFunction(max, UInt64),
    first_time SimpleAggregateFunction(min, DateTime64(9, 'UTC')),
    last_time  SimpleAggregateFunction(max, DateTime64(9, 'UTC'))
)
ENGINE = {{engine "AggregatingMergeTree"}}
ORDER BY (tenant, session_id, name, value, place, holder)
SETTINGS index_granularity = 1024, {{dedup}};

{{distributed "session_keys" "sipHash64(session_id)"}}

-- hour counts from 1970. The holder stands before it: a stranger who sends another's
-- key a million times makes no reader of that key slow.
CREATE TABLE IF NOT EXISTS {{table "key_sessions"}}
(
    tenant     LowCardinality(String),
    name       LowCardinality(String),
    value      String,
    holder     String,
    hour       UInt32,
    session_id UUID,
    first_time SimpleAggregateFunction(min, DateTime64(9, 'UTC')),
    last_time  SimpleAggregateFunction(max, DateTime64(9, 'UTC'))
)
ENGINE = {{engine "AggregatingMergeTree"}}
ORDER BY (tenant, name, value, holder, hour, session_id)
SETTINGS index_granularity = 1024, {{dedup}};

{{distributed "key_sessions" "sipHash64(session_id)"}}

{{define "holder" -}}
    multiIf(e.principal_issuer != '' OR e.principal_subject != '' OR e.principal_client_id != '',
        concat(e.principal_issuer, '|', e.principal_subject, '|', e.principal_client_id),
        e.principal_fingerprint != '', e.principal_fingerprint,
        e.peer != '', concat('@', e.peer), '')
{{- end}}
{{define "keys" -}}
    arrayConcat(
        arrayMap((n, v, w) -> (toString(n), v, toString(w)), e.keys.name, e.keys.value, e.keys.where),
        if(e.trace_id != '', [('trace_id', e.trace_id, 'meta')], []),
        if(e.task_id != '', [('task_id', e.task_id, 'params')], []),
        if(e.request_state != toFixedString('', 32), [('request_state', lower(hex(e.request_state)), 'params')], []),
        -- Two that are no keys of the wire: that this holder was active, and that it was
        -- shown what a server offers.
        if({{template "holder"}} != '', [('agent', '', '')], []),
        if(e.kind = 'answer' AND e.method IN ('tools/list', 'prompts/list', 'resources/list', 'resources/templates/list'),
            [('listed', concat(e.method, ' ', toString(e.upstream)), '')], []))
{{- end}}
{{define "by_session" -}}
    tenant,
    session_id,
    key.1 AS name,
    key.2 AS value,
    key.3 AS place,
    {{template "holder"}} AS holder,
    min(e.seq) AS first_seq,
    max(e.seq) AS last_seq,
    min(e.time) AS first_time,
    max(e.time) AS last_time
{{- end}}
CREATE MATERIALIZED VIEW IF NOT EXISTS {{view "session_keys_mv"}} TO {{local "session_keys"}} AS
SELECT {{template "by_session"}}
FROM {{local "events"}} AS e
ARRAY JOIN {{template "keys"}} AS key
GROUP BY tenant, session_id, name, value, place, holder;

-- From what the view above makes of a block, which is little. Hours between the first
-- and the last are taken for active, unless a hostile clock makes them many.
CREATE MATERIALIZED VIEW IF NOT EXISTS {{view "key_sessions_mv"}} TO {{local "key_sessions"}} AS
SELECT tenant, name, value, holder, toUInt32(arrayJoin(if(last - first <= 48, range(first, last + 1), [first, last]))) AS hour, session_id,
    min(k.first_time) AS first_time, max(k.last_time) AS last_time
FROM
(
    SELECT *, toUInt64(intDiv(toUnixTimestamp64Nano(first_time), 3600000000000)) AS first, toUInt64(intDiv(toUnixTimestamp64Nano(last_time), 3600000000000)) AS last
    FROM {{local "session_keys"}}
) AS k
GROUP BY tenant, name, value, holder, hour, session_id;

-- What ingest fills again when it takes over a partition, see session_rollup_since.
CREATE VIEW IF NOT EXISTS {{view "session_keys_since"}} AS
SELECT {{template "by_session"}}
FROM {{from "events"}} AS e
ARRAY JOIN {{template "keys"}} AS key
WHERE topic = {topic:String} AND kafka_partition = {partition:Int32} AND kafka_offset >= {offset:Int64}
GROUP BY tenant, session_id, name, value, place, holder;

-- The keys of what was stored before these tables.
INSERT INTO {{from "session_keys"}}
SELECT {{template "by_session"}}
FROM {{from "events"}} AS e
ARRAY JOIN {{template "keys"}} AS key
GROUP BY tenant, session_id, name, value, place, holder;

-- Who was shown which definition, and when: one row per content, holder and client.
CREATE TABLE IF NOT EXISTS {{table "definition_views"}}
(
    tenant         LowCardinality(String),
    server         String COMMENT 'configured name of the upstream',
    kind           LowCardinality(String),
    name           String,
    hash           FixedString(32),
    holder         String,
    client_name    String,
    client_version String,
    server_name    SimpleAggregateFunction(max, String),
    first_seen     SimpleAggregateFunction(min, DateTime64(9, 'UTC')),
    last_seen      SimpleAggregateFunction(max, DateTime64(9, 'UTC')),
    sessions       AggregateFunction(uniq, UUID),
    first_session  AggregateFunction(argMin, UUID, DateTime64(9, 'UTC')),
    last_session   AggregateFunction(argMax, UUID, DateTime64(9, 'UTC'))
)
ENGINE = {{engine "AggregatingMergeTree"}}
ORDER BY (tenant, server, kind, name, hash, holder, client_name, client_version)
SETTINGS index_granularity = 1024, {{dedup}};

{{distributed "definition_views" "sipHash64(hash)"}}

-- Where ingest puts the definitions of list answers. It keeps nothing itself.
CREATE TABLE IF NOT EXISTS {{view "definitions_in"}}
(
    tenant         LowCardinality(String),
    hash           FixedString(32),
    kind           LowCardinality(String),
    name           String,
    server         String,
    server_name    String,
    body           String,
    time           DateTime64(9, 'UTC'),
    session_id     UUID,
    holder         String,
    client_name    String,
    client_version String
)
ENGINE = Null;

CREATE MATERIALIZED VIEW IF NOT EXISTS {{view "definitions_mv"}} TO {{from "definitions"}} AS
SELECT tenant, hash, kind, name, server, any(i.body) AS body, min(i.time) AS first_seen, max(i.time) AS last_seen
FROM {{from "definitions_in"}} AS i
GROUP BY tenant, hash, kind, name, server;

CREATE MATERIALIZED VIEW IF NOT EXISTS {{view "definition_views_mv"}} TO {{from "definition_views"}} AS
SELECT tenant, server, kind, name, hash, holder, client_name, client_version, max(i.server_name) AS server_name,
    min(i.time) AS first_seen, max(i.time) AS last_seen,
    uniqState(i.session_id) AS sessions, argMinState(i.session_id, i.time) AS first_session, argMaxState(i.session_id, i.time) AS last_session
FROM {{from "definitions_in"}} AS i
GROUP BY tenant, server, kind, name, hash, holder, client_name, client_version;

-- What people said about trails: never changed, only added to.
CREATE TABLE IF NOT EXISTS {{table "trail_edits"}}
(
    tenant   LowCardinality(String),
    id       UUID,
    time     DateTime64(3, 'UTC'),
    who      String,
    action   LowCardinality(String) COMMENT 'merge, split, name or undo',
    members  Array(String) COMMENT 'sessions, or parts of them, that the edit is about',
    others   Array(String) COMMENT 'split: those that they were together with',
    name     String,
    why      String,
    undoes   UUID
)
ENGINE = {{engine "MergeTree"}}
ORDER BY (tenant, id);

{{distributed "trail_edits" "sipHash64(tenant)"}}
