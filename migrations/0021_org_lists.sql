-- +goose Up
-- Lists and counts come from an index alone, in the order they are shown.
DROP INDEX unit_parent;
CREATE INDEX unit_children ON unit (parent_id, valid_to, batch_id, sort, id);
DROP INDEX membership_unit;
CREATE INDEX membership_roll ON membership (unit_id, valid_to, batch_id, sort, id, person_id);
CREATE INDEX unit_name ON unit (name);
CREATE INDEX unit_pinyin ON unit (pinyin);
CREATE INDEX unit_initials ON unit (initials);

-- A name from each of its later characters on, so that what stands inside it is found by prefix.
CREATE TABLE name_part (
    part          TEXT COLLATE "C" NOT NULL,
    subject       TEXT NOT NULL,               -- 'unit', 'person'
    subject_id    BIGINT NOT NULL,
    PRIMARY KEY (subject, part, subject_id)
);
CREATE INDEX name_part_subject ON name_part (subject_id);

-- What an import has written but not yet shown is found by its batch.
CREATE INDEX unit_batch ON unit (batch_id) WHERE batch_id <> 0;
CREATE INDEX person_batch ON person (batch_id) WHERE batch_id <> 0;
CREATE INDEX membership_batch ON membership (batch_id) WHERE batch_id <> 0;
ALTER TABLE access_grant ADD COLUMN batch_id BIGINT NOT NULL DEFAULT 0;
CREATE INDEX access_grant_batch ON access_grant (batch_id) WHERE batch_id <> 0;

-- A unit with many below it is moved in steps; its old tree stays readable meanwhile.
CREATE TABLE unit_move (
    unit_id       BIGINT PRIMARY KEY,
    tree_id       BIGINT NOT NULL,
    parent_id     BIGINT NOT NULL,             -- where it goes
    from_path     TEXT NOT NULL,
    to_path       TEXT NOT NULL,
    person_id     BIGINT NOT NULL,             -- who moves it
    done          BIGINT NOT NULL,             -- rows so far
    started_at    BIGINT NOT NULL
);

-- One file read in, checked and perhaps applied.
CREATE TABLE import_run (
    id            BIGINT PRIMARY KEY,
    person_id     BIGINT NOT NULL,             -- who brought it; 0 from the command line
    file          TEXT NOT NULL,               -- its name, for people
    state         TEXT NOT NULL,               -- 'checking', 'checked', 'applying', 'done', 'failed', 'discarded'
    partial       BOOLEAN NOT NULL,
    code          TEXT NOT NULL,               -- the fault, when it failed
    stage         TEXT NOT NULL,               -- where applying stands: 'units', 'people', 'memberships', 'show'
    cursor        BIGINT NOT NULL,             -- the last staged row applied in that stage
    counts        JSONB NOT NULL,
    applied       BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    version       BIGINT NOT NULL
);
CREATE INDEX import_run_person ON import_run (person_id, id);

-- +goose Down
DROP TABLE import_run; DROP TABLE unit_move; DROP TABLE name_part;
