-- +goose Up
-- The room of a meeting: one row, the whole state of speaking and sitting. Every command reads it,
-- applies a pure rule and writes it back where the version still holds.
CREATE TABLE room (
    meeting_id    BIGINT PRIMARY KEY,
    state         JSONB NOT NULL,
    version       BIGINT NOT NULL,
    live          BOOLEAN NOT NULL             -- people may be in it; false once the meeting is over
);
CREATE INDEX room_live ON room (live);

-- A command that was sent twice is done once.
CREATE TABLE room_command (
    meeting_id    BIGINT NOT NULL,
    person_id     BIGINT NOT NULL,
    command_id    TEXT NOT NULL,
    version       BIGINT NOT NULL,             -- of the room after it
    PRIMARY KEY (meeting_id, person_id, command_id)
);

-- When each node last heard from which seat: {"<seat>": microseconds}. One row a node and room,
-- every ten seconds; after a crash a presence ends here.
CREATE TABLE room_checkpoint (
    meeting_id    BIGINT NOT NULL,
    node          TEXT NOT NULL,
    at            BIGINT NOT NULL,
    seats         JSONB NOT NULL,
    PRIMARY KEY (meeting_id, node)
);

-- Who spoke, when, how long. Only ever added.
CREATE TABLE turn (
    id            BIGINT PRIMARY KEY,
    meeting_id    BIGINT NOT NULL,
    number        BIGINT NOT NULL,             -- within the meeting, from 1
    kind          TEXT NOT NULL,               -- 'speech', 'chair', 'statement'
    person_id     BIGINT NOT NULL,
    reader_id     BIGINT NOT NULL,             -- who read it aloud or relayed the telephone, 0 otherwise
    statement_id  BIGINT NOT NULL,
    given_by      BIGINT NOT NULL,             -- the host who gave the floor, 0 when it came in turn
    stage         TEXT NOT NULL,
    started_at    BIGINT NOT NULL,
    ended_at      BIGINT NOT NULL,
    spoken_ms     BIGINT NOT NULL,             -- pauses left out
    ended_how     TEXT NOT NULL,               -- 'yielded', 'expired', 'by_host', 'skipped' …
    UNIQUE (meeting_id, number)
);

-- Coming and going, one row an observation. Only ever added.
CREATE TABLE attendance (
    id            BIGINT PRIMARY KEY,
    meeting_id    BIGINT NOT NULL,
    person_id     BIGINT NOT NULL,
    seat_id       BIGINT NOT NULL,             -- 0 for telephone and writing
    kind          TEXT NOT NULL,               -- 'in', 'out'
    at            BIGINT NOT NULL,
    how           TEXT NOT NULL,               -- 'video', 'audio', 'shared', 'phone', 'written'
    place_sealed  BYTEA,                       -- encrypted key of the profile's whereabouts
    given         TEXT NOT NULL,               -- 'account', 'link', 'shared', 'host', 'helper', 'statement', 'back'; '' when going
    by_id         BIGINT NOT NULL,             -- who sat them down or let them in, when not themselves
    helper        TEXT NOT NULL,               -- 'name, relation' of who holds the device, with consent
    reason        TEXT NOT NULL                -- of a removal
);
CREATE INDEX attendance_meeting ON attendance (meeting_id, at, id);

-- What else happened, in the words of the floor's events: stages, passes, overrides, chair, locks.
CREATE TABLE room_log (
    id            BIGINT PRIMARY KEY,
    meeting_id    BIGINT NOT NULL,
    at            BIGINT NOT NULL,
    kind          TEXT NOT NULL,
    by_id         BIGINT NOT NULL,
    person_id     BIGINT NOT NULL,
    stage         TEXT NOT NULL,
    reason        TEXT NOT NULL,
    people        JSONB NOT NULL               -- ids
);
CREATE INDEX room_log_meeting ON room_log (meeting_id, id);

CREATE TABLE chat_message (
    id            BIGINT PRIMARY KEY,
    meeting_id    BIGINT NOT NULL,
    person_id     BIGINT NOT NULL,
    at            BIGINT NOT NULL,
    text          TEXT NOT NULL,
    hidden_at     BIGINT NOT NULL DEFAULT 0,
    hidden_by     BIGINT NOT NULL DEFAULT 0,
    hidden_reason TEXT NOT NULL DEFAULT ''
);
CREATE INDEX chat_message_meeting ON chat_message (meeting_id, id);

-- What somebody hands in to be heard without speaking. Only ever added.
CREATE TABLE statement (
    id            BIGINT PRIMARY KEY,
    meeting_id    BIGINT NOT NULL,
    person_id     BIGINT NOT NULL,             -- whose words
    by_id         BIGINT NOT NULL,             -- who handed it in, when not themselves; 0 otherwise
    stage         TEXT NOT NULL,               -- '' for none in particular
    kind          TEXT NOT NULL,               -- 'text', 'audio'
    text          TEXT NOT NULL,               -- also what was said, beside an audio
    file          TEXT NOT NULL,               -- key of the stored audio, '' for text
    media_type    TEXT NOT NULL,
    bytes         BIGINT NOT NULL,
    at            BIGINT NOT NULL
);
CREATE INDEX statement_meeting ON statement (meeting_id, id);

CREATE TABLE motion (
    id            BIGINT PRIMARY KEY,
    meeting_id    BIGINT NOT NULL,
    stage         TEXT NOT NULL,
    title         TEXT NOT NULL,
    text          TEXT NOT NULL,
    ballot        TEXT NOT NULL,               -- key of the meeting kind's ballot
    state         TEXT NOT NULL,               -- 'draft', 'open', 'closed', 'withdrawn'
    moved_by      BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    opened_at     BIGINT NOT NULL DEFAULT 0,
    opened_by     BIGINT NOT NULL DEFAULT 0,
    closed_at     BIGINT NOT NULL DEFAULT 0,
    closed_by     BIGINT NOT NULL DEFAULT 0,
    rules         JSONB,                       -- the ballot's rules it was opened under
    due           JSONB,                       -- ids of who had a vote then
    quorum        JSONB,                       -- the arithmetic when it was opened
    result        JSONB,                       -- and when it was closed
    version       BIGINT NOT NULL
);
CREATE INDEX motion_meeting ON motion (meeting_id, id);

-- Every vote as it was given; the latest of a person counts. Only ever added.
CREATE TABLE vote (
    id            BIGINT PRIMARY KEY,
    motion_id     BIGINT NOT NULL REFERENCES motion (id),
    person_id     BIGINT NOT NULL,
    choice        TEXT NOT NULL,               -- 'for', 'against', 'abstain'
    at            BIGINT NOT NULL,
    given         TEXT NOT NULL,               -- 'account', 'link', 'shared', 'phone', 'helper'
    by_id         BIGINT NOT NULL              -- who pressed, when not themselves; 0 otherwise
);
CREATE INDEX vote_motion ON vote (motion_id, id);

-- +goose Down
DROP TABLE vote; DROP TABLE motion; DROP TABLE statement; DROP TABLE chat_message; DROP TABLE room_log; DROP TABLE attendance; DROP TABLE turn; DROP TABLE room_checkpoint; DROP TABLE room_command; DROP TABLE room;
