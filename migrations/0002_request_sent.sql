-- +goose Up
ALTER TABLE request_key ADD COLUMN sent BIGINT NOT NULL DEFAULT 0; -- a hash of what came under the key; 0: not known
