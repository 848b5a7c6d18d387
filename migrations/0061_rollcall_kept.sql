-- +goose Up
ALTER TABLE rollcall_period ADD COLUMN changes BIGINT NOT NULL DEFAULT 0; -- of its answers since it was locked, by exceptions

-- What a locked period came to in a unit and below, so that a trend does not add it up anew. It holds as long as
-- the period has no further changes.
CREATE TABLE rollcall_kept (
    period_id     BIGINT NOT NULL,
    unit_id       BIGINT NOT NULL,
    changes       BIGINT NOT NULL,
    content       TEXT NOT NULL,               -- JSON: counts, and figures by field
    PRIMARY KEY (period_id, unit_id)
);

-- +goose Down
DROP TABLE rollcall_kept;
ALTER TABLE rollcall_period DROP COLUMN changes;
