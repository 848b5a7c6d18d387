-- +goose Up
CREATE TABLE tree (
    id            BIGINT PRIMARY KEY,
    key           TEXT NOT NULL UNIQUE,        -- the profile's key: 'party', 'administrative', 'members'
    sort          BIGINT NOT NULL
);

-- Present shape. path is '/1/20/', the unit's own id last: a subtree is a range.
CREATE TABLE unit (
    id            BIGINT PRIMARY KEY,
    tree_id       BIGINT NOT NULL REFERENCES tree (id),
    parent_id     BIGINT NOT NULL,             -- 0 at the top
    path          TEXT COLLATE "C" NOT NULL,
    kind          TEXT NOT NULL,               -- the profile's key
    code          TEXT NOT NULL,               -- the organisation's own number, '' when it has none
    name          TEXT COLLATE "C" NOT NULL,
    short_name    TEXT NOT NULL,
    pinyin        TEXT COLLATE "C" NOT NULL,
    initials      TEXT COLLATE "C" NOT NULL,
    sort          BIGINT NOT NULL,
    valid_from    BIGINT NOT NULL,
    valid_to      BIGINT NOT NULL DEFAULT 0,   -- 0: exists
    batch_id      BIGINT NOT NULL DEFAULT 0,   -- an import not yet made visible, 0 otherwise
    version       BIGINT NOT NULL
);
CREATE INDEX unit_path ON unit (path);
CREATE INDEX unit_parent ON unit (parent_id, sort, id);
CREATE INDEX unit_code ON unit (tree_id, code);

-- Who stood under whom, when: reorganisations do not rewrite history.
CREATE TABLE unit_parentage (
    unit_id       BIGINT NOT NULL,
    parent_id     BIGINT NOT NULL,
    name          TEXT NOT NULL,
    valid_from    BIGINT NOT NULL,
    valid_to      BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (unit_id, valid_from)
);

CREATE TABLE person (
    id            BIGINT PRIMARY KEY,
    code          TEXT NOT NULL,               -- staff number or the like, '' when there is none
    name          TEXT COLLATE "C" NOT NULL,
    pinyin        TEXT COLLATE "C" NOT NULL,
    initials      TEXT COLLATE "C" NOT NULL,
    category      TEXT NOT NULL,               -- the profile's key: 'serving', 'retired' …
    joined_on     TEXT NOT NULL,               -- 'YYYY-MM-DD' or ''
    phone_sealed  BYTEA,                       -- encrypted; found by phone_index
    phone_index   BYTEA,
    email_sealed  BYTEA,
    ended_at      BIGINT NOT NULL DEFAULT 0,   -- left the organisation
    batch_id      BIGINT NOT NULL DEFAULT 0,
    version       BIGINT NOT NULL
);
CREATE INDEX person_pinyin ON person (pinyin);
CREATE INDEX person_initials ON person (initials);
CREATE INDEX person_name ON person (name);
CREATE INDEX person_phone ON person (phone_index);
CREATE INDEX person_code ON person (code);

CREATE TABLE membership (
    id            BIGINT PRIMARY KEY,
    person_id     BIGINT NOT NULL REFERENCES person (id),
    unit_id       BIGINT NOT NULL REFERENCES unit (id),
    position      TEXT NOT NULL,               -- the profile's key: 'secretary', 'member' …
    standing      TEXT NOT NULL,               -- 'full', 'probationary' …: the profile says who votes
    sort          BIGINT NOT NULL,
    valid_from    BIGINT NOT NULL,
    valid_to      BIGINT NOT NULL DEFAULT 0,
    batch_id      BIGINT NOT NULL DEFAULT 0,
    version       BIGINT NOT NULL
);
CREATE INDEX membership_unit ON membership (unit_id, valid_to);
CREATE INDEX membership_person ON membership (person_id, valid_to);

-- What a membership's position lets its holder do, or what was given by hand (membership_id 0).
CREATE TABLE access_grant (
    id            BIGINT PRIMARY KEY,
    person_id     BIGINT NOT NULL,
    unit_id       BIGINT NOT NULL,
    role          TEXT NOT NULL,
    subtree       BOOLEAN NOT NULL,
    membership_id BIGINT NOT NULL,
    valid_from    BIGINT NOT NULL,
    valid_to      BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX access_grant_person ON access_grant (person_id, valid_to);
CREATE INDEX access_grant_unit ON access_grant (unit_id, valid_to);
CREATE INDEX access_grant_membership ON access_grant (membership_id);

-- Where a person is, set by themselves, encrypted; the present only.
CREATE TABLE whereabouts (
    person_id     BIGINT PRIMARY KEY,
    sealed        BYTEA NOT NULL,              -- {"place","note","until"}
    updated_at    BIGINT NOT NULL
);

-- Who looked at whose page: shown to the person.
CREATE TABLE person_look (
    id            BIGINT PRIMARY KEY,
    person_id     BIGINT NOT NULL,
    by_person_id  BIGINT NOT NULL,
    what          TEXT NOT NULL,               -- 'page', 'whereabouts', 'export'
    at            BIGINT NOT NULL
);
CREATE INDEX person_look_person ON person_look (person_id, id);

-- +goose Down
DROP TABLE person_look; DROP TABLE whereabouts; DROP TABLE access_grant; DROP TABLE membership; DROP TABLE person; DROP TABLE unit_parentage; DROP TABLE unit; DROP TABLE tree;
