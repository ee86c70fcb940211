-- The version of each event, which chooses its encoding, and the fields that version 2
-- has and version 1 has not. Rows from before are of version 1: they re-encode to the
-- bytes that were hashed. Few rows set these fields, so none is LowCardinality: a part
-- stores a column of defaults sparsely.
{{define "second" -}}
    ADD COLUMN IF NOT EXISTS version UInt8 DEFAULT 1 FIRST,
    ADD COLUMN IF NOT EXISTS principal_name String COMMENT 'claim:value where there is no subject',
    ADD COLUMN IF NOT EXISTS credentials.where Array(String),
    ADD COLUMN IF NOT EXISTS credentials.name Array(String),
    ADD COLUMN IF NOT EXISTS credentials.fingerprint Array(String),
    ADD COLUMN IF NOT EXISTS delegation.issuer Array(String),
    ADD COLUMN IF NOT EXISTS delegation.subject Array(String),
    ADD COLUMN IF NOT EXISTS delegation.client_id Array(String),
    ADD COLUMN IF NOT EXISTS token_audience Array(String),
    ADD COLUMN IF NOT EXISTS token_id String COMMENT 'keyed hash of the jti claim',
    ADD COLUMN IF NOT EXISTS token_issued_at Int64 COMMENT 'ns since 1970, 0 for not said',
    ADD COLUMN IF NOT EXISTS token_expires_at Int64 COMMENT 'ns since 1970, 0 for not said',
    ADD COLUMN IF NOT EXISTS token_binding String,
    ADD COLUMN IF NOT EXISTS charset String,
    ADD COLUMN IF NOT EXISTS waited Int64 COMMENT 'ns that the traffic waited for the record',
    ADD COLUMN IF NOT EXISTS refusal String COMMENT 'policy entry for which the message was refused',
    ADD COLUMN IF NOT EXISTS body_key String COMMENT 'data key that encrypts the payload',
    ADD COLUMN IF NOT EXISTS redactions.sealed Array(String) COMMENT 'the cut value, encrypted to recipients outside',
    ADD COLUMN IF NOT EXISTS gap_at_most UInt64 COMMENT 'bound where gap_count is 0',
    ADD COLUMN IF NOT EXISTS gap_window Int64 COMMENT 'ns before the gap event'
{{- end}}
ALTER TABLE {{table "events"}}
    {{template "second"}};
{{if .Cluster}}
ALTER TABLE {{view "events"}}
    {{template "second"}};
{{end}}
