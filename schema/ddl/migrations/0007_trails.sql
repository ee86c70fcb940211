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

-- Most events carry no key: those of one holder in one session are put together first,
-- and only what carries something is taken apart.
{{define "carried" -}}
    SELECT tenant, session_id,
        multiIf(principal_issuer != '' OR principal_subject != '' OR principal_client_id != '',
            concat(principal_issuer, '|', principal_subject, '|', principal_client_id),
            principal_fingerprint != '', principal_fingerprint,
            peer != '', concat('@', peer), '') AS holder,
        min(e.seq) AS from_seq, max(e.seq) AS to_seq, min(e.time) AS from_time, max(e.time) AS to_time,
        groupArrayIf((e.keys.name, e.keys.value, e.keys.where, e.trace_id, e.task_id, e.request_state, e.seq, e.time),
            notEmpty(e.keys.name) OR e.trace_id != '' OR e.task_id != '' OR e.request_state != toFixedString('', 32)) AS carrying,
        groupArrayIf((concat(e.method, ' ', e.upstream), e.seq, e.time),
            e.kind = 'answer' AND e.method IN ('tools/list', 'prompts/list', 'resources/list', 'resources/templates/list')) AS listing
{{- end}}
{{define "by_session" -}}
    tenant,
    session_id,
    key.1 AS name,
    key.2 AS value,
    key.3 AS place,
    holder,
    min(key.4) AS first_seq,
    max(key.5) AS last_seq,
    min(key.6) AS first_time,
    max(key.7) AS last_time
{{- end}}
{{define "keys" -}}
    arrayConcat(
        arrayFlatten(arrayMap(c -> arrayConcat(
            arrayMap((n, v, w) -> (toString(n), v, toString(w), c.7, c.7, c.8, c.8), c.1, c.2, c.3),
            if(c.4 != '', [('trace_id', c.4, 'meta', c.7, c.7, c.8, c.8)], []),
            if(c.5 != '', [('task_id', c.5, 'params', c.7, c.7, c.8, c.8)], []),
            if(c.6 != toFixedString('', 32), [('request_state', lower(hex(c.6)), 'params', c.7, c.7, c.8, c.8)], [])), carrying)),
        -- Two that are no keys of the wire: that this holder was active, and that it was
        -- shown what a server offers.
        arrayMap(l -> ('listed', l.1, '', l.2, l.2, l.3, l.3), listing),
        if(holder != '', [('agent', '', '', from_seq, to_seq, from_time, to_time)], []))
{{- end}}
CREATE MATERIALIZED VIEW IF NOT EXISTS {{view "session_keys_mv"}} TO {{local "session_keys"}} AS
SELECT {{template "by_session"}}
FROM
(
    {{template "carried"}}
    FROM {{local "events"}} AS e
    GROUP BY tenant, session_id, principal_issuer, principal_subject, principal_client_id, principal_fingerprint, peer
)
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
FROM
(
    {{template "carried"}}
    FROM {{from "events"}} AS e
    WHERE topic = {topic:String} AND kafka_partition = {partition:Int32} AND kafka_offset >= {offset:Int64}
    GROUP BY tenant, session_id, principal_issuer, principal_subject, principal_client_id, principal_fingerprint, peer
)
ARRAY JOIN {{template "keys"}} AS key
GROUP BY tenant, session_id, name, value, place, holder;

-- The keys of what was stored before these tables.
INSERT INTO {{from "session_keys"}}
SELECT {{template "by_session"}}
FROM
(
    {{template "carried"}}
    FROM {{from "events"}} AS e
    GROUP BY tenant, session_id, principal_issuer, principal_subject, principal_client_id, principal_fingerprint, peer
)
ARRAY JOIN {{template "keys"}} AS key
GROUP BY tenant, session_id, name, value, place, holder
SETTINGS max_bytes_before_external_group_by = 1000000000;

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
