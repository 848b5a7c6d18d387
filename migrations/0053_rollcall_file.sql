-- +goose Up
-- What is attached to an answer. The row is there before the content, which lies among the files under the row's
-- id: no content is without a row. Of a sensitive field name and content are encrypted.
CREATE TABLE rollcall_file (
    id            BIGINT PRIMARY KEY,
    period_id     BIGINT NOT NULL,
    answerer_id   BIGINT NOT NULL,
    field         TEXT NOT NULL,
    form_version  BIGINT NOT NULL,             -- that was filled in: its readers read a sensitive one
    sensitive     BOOLEAN NOT NULL,
    name          TEXT NOT NULL,               -- '' of a sensitive one
    sealed        BYTEA,                       -- the name of a sensitive one
    media_type    TEXT NOT NULL,
    bytes         BIGINT NOT NULL,
    by_id         BIGINT NOT NULL,
    at            BIGINT NOT NULL,
    answered_at   BIGINT NOT NULL DEFAULT 0,   -- first named by an answer, and kept with it; 0: never
    gone_at       BIGINT NOT NULL DEFAULT 0    -- being deleted: the content first
);
CREATE INDEX rollcall_file_answer ON rollcall_file (period_id, answerer_id);
CREATE INDEX rollcall_file_loose ON rollcall_file (id) WHERE answered_at = 0;

-- +goose Down
DROP TABLE rollcall_file;
