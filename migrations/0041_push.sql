-- +goose Up
-- A notice that cannot wait: it rings beyond the inbox where the person lets it.
ALTER TABLE notice ADD COLUMN urgent BOOLEAN NOT NULL DEFAULT FALSE;

-- A browser that its person lets ring by web push. It ends with the session in which that was asked for.
CREATE TABLE push_subscription (
    id            BIGINT PRIMARY KEY,
    person_id     BIGINT NOT NULL,
    session_id    BIGINT NOT NULL UNIQUE REFERENCES session (id),
    endpoint_hash BYTEA NOT NULL UNIQUE,       -- keyed: a browser that another signs in to has one row
    host          TEXT NOT NULL,               -- whose push service it is
    sealed        BYTEA NOT NULL,              -- address and keys
    created_at    BIGINT NOT NULL
);
CREATE INDEX push_subscription_person ON push_subscription (person_id);

-- The installation's own keys, by which push services know it again (VAPID). One row.
CREATE TABLE push_key (
    id            BIGINT PRIMARY KEY,
    public        TEXT NOT NULL,
    sealed        BYTEA NOT NULL,
    created_at    BIGINT NOT NULL
);

-- +goose Down
DROP TABLE push_key; DROP TABLE push_subscription; ALTER TABLE notice DROP COLUMN urgent;
