-- +goose Up
ALTER TABLE room_command ADD COLUMN sent BIGINT NOT NULL DEFAULT 0; -- a hash of what was asked under the id
ALTER TABLE room_command ADD COLUMN made BIGINT NOT NULL DEFAULT 0; -- the id of what came of it, where something was made
