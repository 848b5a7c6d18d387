-- +goose Up
-- 谁在? A sentence to some people, and seats for those who take it on.
CREATE TABLE dispatch (
    id            BIGINT PRIMARY KEY,
    unit_id       BIGINT NOT NULL,             -- in whose name it is asked
    asked_by      BIGINT NOT NULL,
    text          TEXT NOT NULL,
    need          TEXT NOT NULL,               -- what is needed, '' when the sentence says it all
    mode          TEXT NOT NULL,               -- 'first', 'some', 'all'
    wanted        BIGINT NOT NULL,             -- seats
    held          BIGINT NOT NULL,             -- of them taken: never above wanted
    audience      JSONB NOT NULL,              -- org.Selection of the first ring
    ring          BIGINT NOT NULL,             -- how far it has been asked
    widen         BIGINT NOT NULL,             -- minutes until the next ring is asked
    lease         BIGINT NOT NULL,             -- minutes that a seat is kept without a word
    state         TEXT NOT NULL,               -- 'open', 'confirmed', 'cancelled'
    asked_at      BIGINT NOT NULL,
    due_at        BIGINT NOT NULL,
    closed_at     BIGINT NOT NULL DEFAULT 0,
    version       BIGINT NOT NULL
);
CREATE INDEX dispatch_asker ON dispatch (asked_by, id);

-- Who is asked. Fixed ring by ring: who joins the unit later is not asked.
CREATE TABLE dispatch_person (
    dispatch_id   BIGINT NOT NULL,
    person_id     BIGINT NOT NULL,
    ring          BIGINT NOT NULL,
    reached_at    BIGINT NOT NULL DEFAULT 0,   -- was looked after in this round, rung or left in peace
    rung_at       BIGINT NOT NULL DEFAULT 0,   -- in this round
    passed_at     BIGINT NOT NULL DEFAULT 0,   -- cannot now
    PRIMARY KEY (dispatch_id, person_id)
);
CREATE INDEX dispatch_person_person ON dispatch_person (person_id, dispatch_id);

-- A seat taken, and how it ended.
CREATE TABLE dispatch_claim (
    id            BIGINT PRIMARY KEY,
    dispatch_id   BIGINT NOT NULL,
    person_id     BIGINT NOT NULL,
    state         TEXT NOT NULL,               -- 'holding', 'done'; 'released', 'handed', 'lapsed', 'returned', 'closed'
    result        TEXT NOT NULL,
    until_at      BIGINT NOT NULL,             -- the lease; 0: none
    claimed_at    BIGINT NOT NULL,
    ended_at      BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX dispatch_claim_dispatch ON dispatch_claim (dispatch_id, id);
CREATE UNIQUE INDEX dispatch_claim_once ON dispatch_claim (dispatch_id, person_id) WHERE state IN ('holding', 'done');

-- What happened, in order. Only ever added: it is its own record.
CREATE TABLE dispatch_line (
    id            BIGINT PRIMARY KEY,
    dispatch_id   BIGINT NOT NULL,
    person_id     BIGINT NOT NULL,             -- who; 0: the program
    kind          TEXT NOT NULL,
    other_id      BIGINT NOT NULL,             -- to whom
    text          TEXT NOT NULL,
    at            BIGINT NOT NULL
);
CREATE INDEX dispatch_line_dispatch ON dispatch_line (dispatch_id, id);

-- The small status beside a name, set by its owner. No row: free, with the usual quiet hours.
CREATE TABLE availability (
    person_id     BIGINT PRIMARY KEY,
    state         TEXT NOT NULL,               -- 'free', 'busy', 'off'
    until_at      BIGINT NOT NULL,             -- then free again; 0: no end
    quiet         TEXT NOT NULL,               -- '22:00-07:00'; '' for none
    updated_at    BIGINT NOT NULL
);

-- +goose Down
DROP TABLE availability; DROP TABLE dispatch_line; DROP TABLE dispatch_claim; DROP TABLE dispatch_person; DROP TABLE dispatch;
