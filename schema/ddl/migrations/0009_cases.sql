-- What people wrote down about the record: cases with pins and notes. Rows are
-- never changed: a case is what its edits, in their order, made of it.
CREATE TABLE IF NOT EXISTS {{table "case_edits"}}
(
    tenant     LowCardinality(String),
    case_id    UUID,
    edit_id    UUID COMMENT 'UUIDv7: its text orders the edits of a case',
    time       DateTime64(3, 'UTC'),
    who        String,
    action     LowCardinality(String) COMMENT 'open, rename, note, pin, retract, close or reopen',
    text       String COMMENT 'title or note',
    session_id UUID COMMENT 'what is pinned',
    seq        Int64 COMMENT 'of the pinned event, -1 for none',
    at         DateTime64(9, 'UTC') COMMENT 'pinned time, 1970 for none',
    retracts   UUID COMMENT 'edit that no longer stands'
)
ENGINE = {{engine "MergeTree"}}
ORDER BY (tenant, case_id, edit_id);

{{distributed "case_edits" "sipHash64(case_id)"}}
