-- +goose Up
-- What a failed import's fault tells: the line and column of a file that cannot be read.
ALTER TABLE import_run ADD COLUMN params TEXT NOT NULL DEFAULT '{}';

-- +goose Down
ALTER TABLE import_run DROP COLUMN params;
