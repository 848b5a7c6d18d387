-- +goose Up
-- A meeting as it is arranged. What happens in it stands in the room's tables (0031), what comes
-- of it in the record's (0032).
CREATE TABLE meeting (
    id            BIGINT PRIMARY KEY,
    unit_id       BIGINT NOT NULL,
    kind          TEXT NOT NULL,               -- key of the profile's meeting kind
    held_as       TEXT NOT NULL,               -- another kind whose rules count here, '' for none
    profile       TEXT NOT NULL,
    profile_version BIGINT NOT NULL,
    rules         JSONB NOT NULL,              -- {"kind": MeetingKind, "rules": MeetingKind}, pinned when it was made
    theme         TEXT NOT NULL,
    place         TEXT NOT NULL,
    note          TEXT NOT NULL,               -- to those invited
    starts_at     BIGINT NOT NULL,
    ends_at       BIGINT NOT NULL,
    status        TEXT NOT NULL,               -- 'draft', 'announced', 'cancelled', 'over'
    chair_id      BIGINT NOT NULL,
    recorder_id   BIGINT NOT NULL,             -- 0: nobody yet
    deputies      JSONB NOT NULL,              -- ids
    lobby         BOOLEAN NOT NULL,
    lang          TEXT NOT NULL,               -- of the record
    practice      BOOLEAN NOT NULL,            -- a room to try one's sound in: no list, no record
    revision      BIGINT NOT NULL,             -- of the calendar entry
    opened_at     BIGINT NOT NULL DEFAULT 0,
    ended_at      BIGINT NOT NULL DEFAULT 0,
    created_by    BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    version       BIGINT NOT NULL
);
CREATE INDEX meeting_unit ON meeting (unit_id, starts_at);
CREATE INDEX meeting_time ON meeting (status, starts_at);

-- Postponed, moved earlier, cancelled: each with its reason. Only ever added.
CREATE TABLE meeting_move (
    id            BIGINT PRIMARY KEY,
    meeting_id    BIGINT NOT NULL,
    kind          TEXT NOT NULL,               -- 'moved', 'cancelled'
    from_at       BIGINT NOT NULL,
    to_at         BIGINT NOT NULL,
    reason        TEXT NOT NULL,
    by_id         BIGINT NOT NULL,
    at            BIGINT NOT NULL
);
CREATE INDEX meeting_move_meeting ON meeting_move (meeting_id, id);

CREATE TABLE stage (
    meeting_id    BIGINT NOT NULL,
    key           TEXT NOT NULL,
    sort          BIGINT NOT NULL,
    name          TEXT NOT NULL,               -- '' takes the kind's own name for the key
    hint          TEXT NOT NULL,
    mode          TEXT NOT NULL,
    minutes       BIGINT NOT NULL,
    seconds       BIGINT NOT NULL,             -- to speak; 0: the kind's
    microphones   BIGINT NOT NULL,
    pass_on       TEXT NOT NULL,               -- '' for the kind's
    speakers      JSONB NOT NULL,              -- ids of keynote speakers in their order
    PRIMARY KEY (meeting_id, key)
);

-- The meeting's list. Who is due follows from standing and the kind's rule, refreshed until it opens.
CREATE TABLE participant (
    meeting_id    BIGINT NOT NULL,
    person_id     BIGINT NOT NULL,
    unit_id       BIGINT NOT NULL,             -- through which they are on it
    sort          BIGINT NOT NULL,
    belongs       BOOLEAN NOT NULL,            -- by standing a member who is due
    votes         BOOLEAN NOT NULL,
    observer      BOOLEAN NOT NULL,            -- 列席
    by_hand       BOOLEAN NOT NULL,            -- put on the list by an officer, kept when it is refreshed
    answer        TEXT NOT NULL,               -- 'none', 'yes', 'asked', 'excused', 'refused'
    leave_reason  TEXT NOT NULL,
    leave_note    TEXT NOT NULL,
    answered_at   BIGINT NOT NULL DEFAULT 0,
    decided_by    BIGINT NOT NULL DEFAULT 0,
    decided_at    BIGINT NOT NULL DEFAULT 0,
    exempt        TEXT NOT NULL,               -- reason not to be due, '' when due
    exempt_note   TEXT NOT NULL,
    exempt_by     BIGINT NOT NULL DEFAULT 0,
    plan_how      TEXT NOT NULL,               -- how they mean to come: 'video', 'audio', 'shared', 'phone', 'written', ''
    told_at       BIGINT NOT NULL DEFAULT 0,
    version       BIGINT NOT NULL,
    PRIMARY KEY (meeting_id, person_id)
);
CREATE INDEX participant_person ON participant (person_id, meeting_id);

CREATE TABLE preparation (
    id            BIGINT PRIMARY KEY,
    meeting_id    BIGINT NOT NULL,
    key           TEXT NOT NULL,               -- of the kind's task, '' for one of our own
    name          TEXT NOT NULL,
    sort          BIGINT NOT NULL,
    required      BOOLEAN NOT NULL,
    due_at        BIGINT NOT NULL,
    done_at       BIGINT NOT NULL DEFAULT 0,
    done_by       BIGINT NOT NULL DEFAULT 0,
    note          TEXT NOT NULL
);
CREATE INDEX preparation_meeting ON preparation (meeting_id, sort);

CREATE TABLE paper (
    id            BIGINT PRIMARY KEY,
    meeting_id    BIGINT NOT NULL,
    name          TEXT NOT NULL,
    media_type    TEXT NOT NULL,
    blob          TEXT NOT NULL,               -- SHA-256 of the file
    bytes         BIGINT NOT NULL,
    status        TEXT NOT NULL,               -- 'waiting', 'ready', 'failed'
    fault         TEXT NOT NULL,
    pages         BIGINT NOT NULL,
    by_id         BIGINT NOT NULL,
    at            BIGINT NOT NULL,
    removed_at    BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX paper_meeting ON paper (meeting_id, id);

CREATE TABLE paper_page (
    paper_id      BIGINT NOT NULL,
    page          BIGINT NOT NULL,             -- from 1
    width         BIGINT NOT NULL,
    height        BIGINT NOT NULL,
    media_type    TEXT NOT NULL,
    blob          TEXT NOT NULL,
    bytes         BIGINT NOT NULL,
    PRIMARY KEY (paper_id, page, width)
);

-- +goose Down
DROP TABLE paper_page; DROP TABLE paper; DROP TABLE preparation; DROP TABLE participant; DROP TABLE stage; DROP TABLE meeting_move; DROP TABLE meeting;
