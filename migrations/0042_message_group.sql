-- +goose Up
-- A group in a messenger (WeCom, DingTalk, Feishu) that hears of what is urgent in a unit, by a bot in it.
CREATE TABLE message_group (
    id            BIGINT PRIMARY KEY,
    unit_id       BIGINT NOT NULL,
    kind          TEXT NOT NULL,               -- 'wecom', 'dingtalk', 'feishu'
    name          TEXT NOT NULL,
    host          TEXT NOT NULL,
    sealed        BYTEA NOT NULL,              -- address and secret: who has them can write in the group
    next_at       BIGINT NOT NULL,             -- messengers take only so many a minute
    last_at       BIGINT NOT NULL DEFAULT 0,   -- of the last message
    last_status   TEXT NOT NULL DEFAULT '',    -- 'sent', 'failed'
    last_reason   TEXT NOT NULL DEFAULT '',
    created_at    BIGINT NOT NULL
);
CREATE INDEX message_group_unit ON message_group (unit_id);

-- +goose Down
DROP TABLE message_group;
