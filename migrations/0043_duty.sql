-- +goose Up
-- Who is on duty in a unit, from when until when.
CREATE TABLE duty (
    id            BIGINT PRIMARY KEY,
    unit_id       BIGINT NOT NULL,
    person_id     BIGINT NOT NULL,
    from_at       BIGINT NOT NULL,
    until_at      BIGINT NOT NULL,
    set_by        BIGINT NOT NULL,
    set_at        BIGINT NOT NULL
);
CREATE INDEX duty_unit ON duty (unit_id, until_at);

-- Whoever is on duty, here, below and above, is asked before who is in charge.
UPDATE dispatch SET ring = 3 WHERE ring = 2;
UPDATE dispatch_person SET ring = 3 WHERE ring = 2;

-- +goose Down
UPDATE dispatch_person SET ring = 2 WHERE ring = 3;
UPDATE dispatch SET ring = 2 WHERE ring = 3;
DROP TABLE duty;
