-- +goose Up

ALTER TABLE api_keys ADD COLUMN used_at INTEGER; -- last use, to the minute or so

-- +goose Down

ALTER TABLE api_keys DROP COLUMN used_at;
