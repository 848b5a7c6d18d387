-- +goose Up
-- A group of people that somebody asks again and again, kept by them for themselves.
CREATE TABLE ask_group (
    id            BIGINT PRIMARY KEY,
    owner_id      BIGINT NOT NULL,
    name          TEXT NOT NULL,
    audience      JSONB NOT NULL,              -- org.Selection
    created_at    BIGINT NOT NULL
);
CREATE INDEX ask_group_owner ON ask_group (owner_id);

-- +goose Down
DROP TABLE ask_group;
