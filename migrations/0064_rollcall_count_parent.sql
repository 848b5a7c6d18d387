-- +goose Up
-- A roll-up shows the units right below one: without this it looks at all of the period's.
CREATE INDEX rollcall_count_parent ON rollcall_count (period_id, parent_id);

-- +goose Down
DROP INDEX rollcall_count_parent;
