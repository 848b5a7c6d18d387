-- +goose Up
ALTER TABLE rollcall ADD COLUMN anonymous BOOLEAN NOT NULL DEFAULT FALSE; -- answers are not kept with who gave them

-- What was said without a name. Nothing here leads to a person: the number is drawn, no time is kept, and until
-- the period is locked it stands sealed in the order that it came in. Then all are opened, mixed and sealed anew.
CREATE TABLE rollcall_ballot (
    id            BIGINT PRIMARY KEY,          -- drawn, not counted
    period_id     BIGINT NOT NULL,
    form_version  BIGINT NOT NULL,
    sealed        BYTEA NOT NULL,
    mixed         BOOLEAN NOT NULL
);
CREATE INDEX rollcall_ballot_period ON rollcall_ballot (period_id, mixed, id);

-- +goose Down
DROP TABLE rollcall_ballot;
ALTER TABLE rollcall DROP COLUMN anonymous;
