-- +goose Up
-- Who had an action before it was given to somebody else; both 0: nobody.
ALTER TABLE action ADD COLUMN was_person_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE action ADD COLUMN was_unit_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE action ADD COLUMN assigned_at BIGINT NOT NULL DEFAULT 0;
