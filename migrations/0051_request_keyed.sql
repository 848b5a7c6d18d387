-- +goose Up
-- What was sent was remembered by a bare hash, from which a short answer can be guessed; it is a keyed one now.
UPDATE request_key SET sent = 0;
UPDATE room_command SET sent = 0;

-- +goose Down
UPDATE request_key SET sent = 0;
UPDATE room_command SET sent = 0;
