-- +goose Up
-- Every write leaves who, what and what changed. Sensitive fields stand here by name, never by value.
CREATE TABLE audit (
    id          BIGINT PRIMARY KEY,
    at          BIGINT NOT NULL,
    person_id   BIGINT NOT NULL,           -- 0: the system itself, or somebody not signed in
    by_link     BOOLEAN NOT NULL,          -- signed in by a join link only
    origin      TEXT NOT NULL,             -- where from: 'http', 'job', 'cli', 'demo'
    action      TEXT NOT NULL,
    subject     TEXT NOT NULL,             -- kind of thing
    subject_id  BIGINT NOT NULL,
    unit_id     BIGINT NOT NULL,           -- whose it is, 0 when nobody's
    before      JSONB,
    after       JSONB
);
CREATE INDEX audit_subject ON audit (subject, subject_id, id);
CREATE INDEX audit_person ON audit (person_id, id);

-- What happened, for the other nodes and the open browsers; pruned after seven days.
CREATE TABLE event (
    seq         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid         XID8 NOT NULL DEFAULT pg_current_xact_id(),
    at          BIGINT NOT NULL,
    topic       TEXT NOT NULL,
    kind        TEXT NOT NULL,
    subject_id  BIGINT NOT NULL,
    version     BIGINT NOT NULL
);
CREATE INDEX event_order ON event (xid, seq);
CREATE INDEX event_at ON event (at);

-- A write that was sent twice is done once; the second time gets the first one's result.
CREATE TABLE request_key (
    owner_id    BIGINT NOT NULL,
    key         TEXT NOT NULL,
    result_id   BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    PRIMARY KEY (owner_id, key)
);
CREATE INDEX request_key_at ON request_key (at);

-- Leases: node numbers for ids, one reconciler a room, and the like.
CREATE TABLE lease (
    name        TEXT NOT NULL PRIMARY KEY,
    holder      TEXT NOT NULL,
    until_at    BIGINT NOT NULL
);

-- Settings of the installation, set at the first run: organisation, profile, language.
CREATE TABLE setting (
    key         TEXT NOT NULL PRIMARY KEY,
    value       TEXT NOT NULL
);

-- The inbox. A message is a key and its parameters, worded in the reader's language.
CREATE TABLE notice (
    id          BIGINT PRIMARY KEY,
    person_id   BIGINT NOT NULL,
    kind        TEXT NOT NULL,
    params      JSONB NOT NULL,
    subject     TEXT NOT NULL,
    subject_id  BIGINT NOT NULL,
    todo        BOOLEAN NOT NULL,          -- asks for something to be done, until done_at
    created_at  BIGINT NOT NULL,
    read_at     BIGINT NOT NULL DEFAULT 0,
    done_at     BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX notice_person ON notice (person_id, id);
CREATE INDEX notice_subject ON notice (subject, subject_id);

-- Where a notice went besides the inbox, and what became of it.
CREATE TABLE delivery (
    id          BIGINT PRIMARY KEY,
    notice_id   BIGINT NOT NULL REFERENCES notice (id),
    channel     TEXT NOT NULL,             -- 'email'
    status      TEXT NOT NULL,             -- 'waiting', 'sent', 'failed'
    tries       BIGINT NOT NULL,
    reason      TEXT NOT NULL,
    at          BIGINT NOT NULL
);
CREATE INDEX delivery_notice ON delivery (notice_id);

-- +goose Down
DROP TABLE delivery; DROP TABLE notice; DROP TABLE setting; DROP TABLE lease; DROP TABLE request_key; DROP TABLE event; DROP TABLE audit;
