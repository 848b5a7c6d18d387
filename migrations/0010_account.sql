-- +goose Up
CREATE TABLE account (
    id            BIGINT PRIMARY KEY,
    person_id     BIGINT NOT NULL UNIQUE,
    login         TEXT NOT NULL UNIQUE,        -- lower case
    password      TEXT NOT NULL,               -- argon2id, PHC string; '' while no password is set
    must_change   BOOLEAN NOT NULL,            -- the password was given by somebody else
    admin         BOOLEAN NOT NULL,            -- keeps the installation
    lang          TEXT NOT NULL,
    type_size     TEXT NOT NULL,               -- 'standard', 'large', 'largest'
    disabled_at   BIGINT NOT NULL DEFAULT 0,
    created_at    BIGINT NOT NULL,
    version       BIGINT NOT NULL
);

-- A cookie's token is stored as its SHA-256 only.
CREATE TABLE session (
    id            BIGINT PRIMARY KEY,
    token_hash    BYTEA NOT NULL UNIQUE,
    kind          TEXT NOT NULL,               -- 'person', 'link'
    account_id    BIGINT NOT NULL,             -- 0 for a link
    person_id     BIGINT NOT NULL,
    meeting_id    BIGINT NOT NULL,             -- the one meeting of a link, 0 otherwise
    link_id       BIGINT NOT NULL,
    device        TEXT NOT NULL,               -- 'Chrome, Android', for the person's own list
    created_at    BIGINT NOT NULL,
    seen_at       BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    ended_at      BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX session_person ON session (person_id);
CREATE INDEX session_link ON session (link_id);

-- 128 random bits in a URL fragment let one person into one meeting, from one device.
CREATE TABLE join_link (
    id            BIGINT PRIMARY KEY,
    token_hash    BYTEA NOT NULL UNIQUE,
    meeting_id    BIGINT NOT NULL,
    person_id     BIGINT NOT NULL,
    created_by    BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    bound_at      BIGINT NOT NULL DEFAULT 0,   -- first use; another device then needs the host
    reopened_at   BIGINT NOT NULL DEFAULT 0,   -- the host let one more device in
    revoked_at    BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX join_link_meeting ON join_link (meeting_id, person_id);

-- +goose Down
DROP TABLE join_link; DROP TABLE session; DROP TABLE account;
