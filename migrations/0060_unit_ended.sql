-- +goose Up
-- Closed units are few among all, and looked for by those who took over from them.
CREATE INDEX unit_ended ON unit (valid_to) WHERE valid_to <> 0;

-- +goose Down
DROP INDEX unit_ended;
