-- +goose Up
-- What a node keeps decoded of a meeting is good while these stand as they were when it was read.
ALTER TABLE room ADD COLUMN written BIGINT NOT NULL DEFAULT 0;        -- an id of its own for each write
ALTER TABLE meeting ADD COLUMN list_version BIGINT NOT NULL DEFAULT 0; -- rises when who is invited, or as what, changes
