-- +goose Up
-- The record of a meeting. Facts are worked out from what happened; signing freezes everything as
-- one document (frozen, byte for byte) with its hash.
CREATE TABLE record (
    meeting_id    BIGINT PRIMARY KEY,
    unit_id       BIGINT NOT NULL,
    kind          TEXT NOT NULL,               -- the profile's key
    chair_id      BIGINT NOT NULL,             -- who signs
    recorder_id   BIGINT NOT NULL,
    held_at       BIGINT NOT NULL,             -- when it was opened
    state         TEXT NOT NULL,               -- 'draft', 'signed'
    facts         JSONB NOT NULL,
    assembled_at  BIGINT NOT NULL,
    version       BIGINT NOT NULL,             -- rises with every change of text, facts, actions, remarks
    frozen        TEXT NOT NULL DEFAULT '',
    annex         TEXT NOT NULL DEFAULT '',    -- personal actions, frozen apart: for their people and the officers
    hash          TEXT NOT NULL DEFAULT '',    -- SHA-256 of frozen, hex
    signed_at     BIGINT NOT NULL DEFAULT 0,
    signed_by     BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX record_unit ON record (unit_id, held_at);

-- What the recorder wrote: 'record.<heading>', 'minutes.<heading>', 'report.<heading>', 'turn.<number>'.
CREATE TABLE record_text (
    meeting_id    BIGINT NOT NULL REFERENCES record (meeting_id),
    key           TEXT NOT NULL,
    text          TEXT NOT NULL,
    version       BIGINT NOT NULL,
    by_id         BIGINT NOT NULL,
    at            BIGINT NOT NULL,
    kept_at       BIGINT NOT NULL,             -- when a version of it last went into record_text_version
    PRIMARY KEY (meeting_id, key)
);

-- Texts that were replaced, and those that came too late to be saved: nobody's words are lost.
CREATE TABLE record_text_version (
    id            BIGINT PRIMARY KEY,
    meeting_id    BIGINT NOT NULL,
    key           TEXT NOT NULL,
    version       BIGINT NOT NULL,             -- it had, or was based on
    text          TEXT NOT NULL,
    fate          TEXT NOT NULL,               -- 'replaced', 'conflict'
    by_id         BIGINT NOT NULL,
    at            BIGINT NOT NULL
);
CREATE INDEX record_text_version_key ON record_text_version (meeting_id, key, id);

-- What those present say to the draft.
CREATE TABLE record_remark (
    id            BIGINT PRIMARY KEY,
    meeting_id    BIGINT NOT NULL REFERENCES record (meeting_id),
    person_id     BIGINT NOT NULL,
    kind          TEXT NOT NULL,               -- 'noted', 'proposal'
    section       TEXT NOT NULL,               -- '' for the whole
    text          TEXT NOT NULL,
    at            BIGINT NOT NULL,
    settled       TEXT NOT NULL DEFAULT '',    -- 'taken', 'declined'
    answer        TEXT NOT NULL DEFAULT '',
    settled_by    BIGINT NOT NULL DEFAULT 0,
    settled_at    BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX record_remark_meeting ON record_remark (meeting_id, id);

-- Corrections after signing: only added, each sealed onto the one before.
CREATE TABLE record_correction (
    meeting_id    BIGINT NOT NULL REFERENCES record (meeting_id),
    number        BIGINT NOT NULL,             -- from 1
    body          TEXT NOT NULL,               -- JSON: number, section, text, reason, by, at
    hash          TEXT NOT NULL,               -- SHA-256 of the previous hash (at first the record's), a line feed, body
    by_id         BIGINT NOT NULL,
    at            BIGINT NOT NULL,
    PRIMARY KEY (meeting_id, number)
);

-- Documents made at signing; the bytes are in the file store under blob.
CREATE TABLE record_file (
    meeting_id    BIGINT NOT NULL REFERENCES record (meeting_id),
    kind          TEXT NOT NULL,               -- 'minutes', 'attendance', 'page', 'report'
    name          TEXT NOT NULL,
    media_type    TEXT NOT NULL,
    blob          TEXT NOT NULL,
    bytes         BIGINT NOT NULL,
    sha256        TEXT NOT NULL,
    at            BIGINT NOT NULL,
    PRIMARY KEY (meeting_id, kind)
);

-- The attendance of the record, a row a person: what each finds under "my meetings".
CREATE TABLE record_attendee (
    meeting_id    BIGINT NOT NULL REFERENCES record (meeting_id),
    person_id     BIGINT NOT NULL,
    unit_id       BIGINT NOT NULL,
    status        TEXT NOT NULL,
    due           BOOLEAN NOT NULL,
    observer      BOOLEAN NOT NULL,
    held_at       BIGINT NOT NULL,
    PRIMARY KEY (meeting_id, person_id)
);
CREATE INDEX record_attendee_person ON record_attendee (person_id, held_at);

-- Who does what by when.
CREATE TABLE action (
    id            BIGINT PRIMARY KEY,
    unit_id       BIGINT NOT NULL,             -- whose meeting gave it
    meeting_id    BIGINT NOT NULL,
    kind          TEXT NOT NULL,               -- 'personal', 'unit'
    person_id     BIGINT NOT NULL,             -- who is to do it; 0: the unit below
    to_unit_id    BIGINT NOT NULL,
    text          TEXT NOT NULL,
    due_on        TEXT NOT NULL,               -- 'YYYY-MM-DD' or ''
    state         TEXT NOT NULL,               -- 'open', 'done' (said by who does it), 'confirmed', 'dropped'
    evidence      TEXT NOT NULL DEFAULT '',
    reason        TEXT NOT NULL DEFAULT '',    -- of dropping it, or of giving it back
    created_by    BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    done_by       BIGINT NOT NULL DEFAULT 0,
    done_at       BIGINT NOT NULL DEFAULT 0,
    closed_by     BIGINT NOT NULL DEFAULT 0,
    closed_at     BIGINT NOT NULL DEFAULT 0,
    reminded_on   TEXT NOT NULL DEFAULT '',
    version       BIGINT NOT NULL
);
CREATE INDEX action_unit ON action (unit_id, state, due_on);
CREATE INDEX action_meeting ON action (meeting_id, id);
CREATE INDEX action_person ON action (person_id, state);
CREATE INDEX action_to_unit ON action (to_unit_id, state);
CREATE INDEX action_due ON action (state, due_on);

-- What a unit hands to the level above: the plan before, the report after. Versions stay.
CREATE TABLE submission (
    id            BIGINT PRIMARY KEY,
    meeting_id    BIGINT NOT NULL,
    kind          TEXT NOT NULL,               -- 'plan', 'report'
    unit_id       BIGINT NOT NULL,
    to_unit_id    BIGINT NOT NULL,
    state         TEXT NOT NULL,               -- 'submitted', 'accepted', 'returned'
    version       BIGINT NOT NULL,             -- of the newest, from 1
    at            BIGINT NOT NULL,             -- of the last step
    UNIQUE (meeting_id, kind)
);
CREATE INDEX submission_to ON submission (to_unit_id, state, at);
CREATE INDEX submission_unit ON submission (unit_id, at);

CREATE TABLE submission_version (
    submission_id BIGINT NOT NULL REFERENCES submission (id),
    version       BIGINT NOT NULL,
    content       TEXT NOT NULL,               -- JSON: title and sections as they were handed in
    note          TEXT NOT NULL,
    blob          TEXT NOT NULL,               -- the document, '' for a plan
    name          TEXT NOT NULL,
    bytes         BIGINT NOT NULL,
    sha256        TEXT NOT NULL,
    by_id         BIGINT NOT NULL,
    at            BIGINT NOT NULL,
    decision      TEXT NOT NULL DEFAULT '',    -- 'accepted', 'returned'
    reason        TEXT NOT NULL DEFAULT '',
    decided_by    BIGINT NOT NULL DEFAULT 0,
    decided_at    BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (submission_id, version)
);

-- +goose Down
DROP TABLE submission_version; DROP TABLE submission; DROP TABLE action; DROP TABLE record_attendee; DROP TABLE record_file; DROP TABLE record_correction; DROP TABLE record_remark; DROP TABLE record_text_version; DROP TABLE record_text; DROP TABLE record;
