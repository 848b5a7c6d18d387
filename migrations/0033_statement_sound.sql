-- +goose Up
-- How long a recorded statement lasts, in milliseconds; its turn is as long. 0 for a text, and for
-- what was recorded before lengths were known: that is listened to, not played into the room.
ALTER TABLE statement ADD COLUMN ms BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE statement DROP COLUMN ms;
