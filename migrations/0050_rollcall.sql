-- +goose Up
-- A typed question to a frozen audience.
CREATE TABLE rollcall (
    id            BIGINT PRIMARY KEY,
    unit_id       BIGINT NOT NULL,             -- who asks
    title         TEXT NOT NULL,               -- JSON {"zh","en"}
    about         TEXT NOT NULL,
    by_units      BOOLEAN NOT NULL,            -- units answer for themselves, checked level by level
    voluntary     BOOLEAN NOT NULL,            -- no audience is kept: nobody can be missing
    audience      TEXT NOT NULL,               -- JSON: org.Selection
    schedule      TEXT NOT NULL,
    minutes       BIGINT NOT NULL,             -- that an answer takes, as the asker reckons
    keep_days     BIGINT NOT NULL,             -- sensitive values after closing; 0: for good
    state         TEXT NOT NULL,               -- 'draft', 'running', 'ended'
    form_version  BIGINT NOT NULL,             -- the newest
    created_by    BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    version       BIGINT NOT NULL
);
CREATE INDEX rollcall_unit ON rollcall (unit_id, id);

CREATE TABLE rollcall_form (
    rollcall_id   BIGINT NOT NULL REFERENCES rollcall (id),
    version       BIGINT NOT NULL,             -- from 1
    form          TEXT NOT NULL,
    by_id         BIGINT NOT NULL,
    at            BIGINT NOT NULL,
    PRIMARY KEY (rollcall_id, version)
);

CREATE TABLE rollcall_period (
    id            BIGINT PRIMARY KEY,
    rollcall_id   BIGINT NOT NULL REFERENCES rollcall (id),
    number        BIGINT NOT NULL,             -- from 1
    name          TEXT NOT NULL,               -- '2020-02-14', '2020-W07', '2020-02', '' for the only one
    form_version  BIGINT NOT NULL,             -- the oldest that is taken
    state         TEXT NOT NULL,               -- 'opening', 'open', 'locked'
    step          TEXT NOT NULL,               -- of opening: 'joining', 'leaving', 'counting', 'telling', ''
    at_path       TEXT NOT NULL,               -- how far the step has come
    at_id         BIGINT NOT NULL,
    opens_at      BIGINT NOT NULL,
    due_at        BIGINT NOT NULL,             -- on time until
    closes_at     BIGINT NOT NULL,             -- late until; locked then
    locked_at     BIGINT NOT NULL DEFAULT 0,
    reminded_at   BIGINT NOT NULL DEFAULT 0,
    purged_at     BIGINT NOT NULL DEFAULT 0,   -- the sensitive values are deleted
    UNIQUE (rollcall_id, number)
);
CREATE INDEX rollcall_period_state ON rollcall_period (state, rollcall_id);

-- Who is asked, from the period that first asked them to the last one (0: still). A row changes only when
-- somebody comes, goes or moves to another unit. answerer_id is a person, or a unit that answers for itself.
CREATE TABLE rollcall_audience (
    answerer_id   BIGINT NOT NULL,
    rollcall_id   BIGINT NOT NULL,
    from_period   BIGINT NOT NULL,
    to_period     BIGINT NOT NULL DEFAULT 0,
    unit_id       BIGINT NOT NULL,
    PRIMARY KEY (answerer_id, rollcall_id, from_period)
);
CREATE INDEX rollcall_audience_unit ON rollcall_audience (rollcall_id, unit_id, answerer_id);

-- The tree as it stood at the opening, a row a unit with what was counted in it alone. The sums of a subtree
-- are a range of paths: there are no rows to be written further up.
CREATE TABLE rollcall_count (
    period_id     BIGINT NOT NULL,
    unit_id       BIGINT NOT NULL,
    parent_id     BIGINT NOT NULL,
    path          TEXT COLLATE "C" NOT NULL,
    name          TEXT NOT NULL,
    expected      BIGINT NOT NULL,
    received      BIGINT NOT NULL DEFAULT 0,
    on_time       BIGINT NOT NULL DEFAULT 0,
    nils          BIGINT NOT NULL DEFAULT 0,
    inapplicable  BIGINT NOT NULL DEFAULT 0,
    excused       BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (period_id, unit_id)
);
CREATE INDEX rollcall_count_path ON rollcall_count (period_id, path);

-- The answer as it stands; what it replaced is kept beside.
CREATE TABLE rollcall_answer (
    period_id     BIGINT NOT NULL,
    answerer_id   BIGINT NOT NULL,
    unit_id       BIGINT NOT NULL,             -- where it is counted
    version       BIGINT NOT NULL,
    form_version  BIGINT NOT NULL,
    kind          TEXT NOT NULL,               -- 'value', 'nil', 'na'
    content       TEXT NOT NULL,               -- JSON without sensitive values, or the reason of 'na'
    sealed        BYTEA,                       -- the sensitive values, encrypted
    by_id         BIGINT NOT NULL,             -- who sent it: a helper when not the answerer
    at            BIGINT NOT NULL,
    first_at      BIGINT NOT NULL,             -- of the first version: it decides whether it was on time
    device_at     BIGINT NOT NULL,             -- what the device said the time was
    state         TEXT NOT NULL,               -- 'in', 'returned', 'accepted'
    waits_at      BIGINT NOT NULL DEFAULT 0,   -- the unit that is to check it
    PRIMARY KEY (period_id, answerer_id)
);
CREATE INDEX rollcall_answer_unit ON rollcall_answer (period_id, unit_id);
CREATE INDEX rollcall_answer_waits ON rollcall_answer (waits_at) WHERE waits_at <> 0;

CREATE TABLE rollcall_answer_version (
    period_id     BIGINT NOT NULL,
    answerer_id   BIGINT NOT NULL,
    version       BIGINT NOT NULL,
    form_version  BIGINT NOT NULL,
    kind          TEXT NOT NULL,
    content       TEXT NOT NULL,
    sealed        BYTEA,
    by_id         BIGINT NOT NULL,
    at            BIGINT NOT NULL,
    device_at     BIGINT NOT NULL,
    PRIMARY KEY (period_id, answerer_id, version)
);

-- What the levels above decided about a unit's return.
CREATE TABLE rollcall_decision (
    id            BIGINT PRIMARY KEY,
    period_id     BIGINT NOT NULL,
    answerer_id   BIGINT NOT NULL,
    version       BIGINT NOT NULL,
    unit_id       BIGINT NOT NULL,             -- for which unit
    decision      TEXT NOT NULL,               -- 'passed', 'returned', 'accepted'
    reason        TEXT NOT NULL,
    by_id         BIGINT NOT NULL,
    at            BIGINT NOT NULL
);
CREATE INDEX rollcall_decision_answer ON rollcall_decision (period_id, answerer_id, id);

-- Begun and not sent; encrypted whole, gone with the answer.
CREATE TABLE rollcall_draft (
    period_id     BIGINT NOT NULL,
    answerer_id   BIGINT NOT NULL,
    sealed        BYTEA NOT NULL,
    by_id         BIGINT NOT NULL,
    at            BIGINT NOT NULL,
    PRIMARY KEY (period_id, answerer_id)
);

CREATE TABLE rollcall_excuse (
    period_id     BIGINT NOT NULL,
    answerer_id   BIGINT NOT NULL,
    unit_id       BIGINT NOT NULL,
    reason        TEXT NOT NULL,
    by_id         BIGINT NOT NULL,
    at            BIGINT NOT NULL,
    PRIMARY KEY (period_id, answerer_id)
);

-- A unit may still answer after the lock.
CREATE TABLE rollcall_exception (
    id            BIGINT PRIMARY KEY,
    period_id     BIGINT NOT NULL,
    unit_id       BIGINT NOT NULL,
    until_at      BIGINT NOT NULL,
    reason        TEXT NOT NULL,
    by_id         BIGINT NOT NULL,
    at            BIGINT NOT NULL
);
CREATE INDEX rollcall_exception_unit ON rollcall_exception (period_id, unit_id);

-- Who answers for somebody without a phone.
CREATE TABLE rollcall_helper (
    id            BIGINT PRIMARY KEY,
    person_id     BIGINT NOT NULL,
    helper_id     BIGINT NOT NULL,
    named_by      BIGINT NOT NULL,
    at            BIGINT NOT NULL,
    ended_at      BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX rollcall_helper_person ON rollcall_helper (person_id, ended_at);
CREATE INDEX rollcall_helper_helper ON rollcall_helper (helper_id, ended_at);

-- +goose Down
DROP TABLE rollcall_helper; DROP TABLE rollcall_exception; DROP TABLE rollcall_excuse; DROP TABLE rollcall_draft; DROP TABLE rollcall_decision; DROP TABLE rollcall_answer_version; DROP TABLE rollcall_answer; DROP TABLE rollcall_count; DROP TABLE rollcall_audience; DROP TABLE rollcall_period; DROP TABLE rollcall_form; DROP TABLE rollcall;
