-- +goose Up

-- The version of its account's tokens that a refresh token is of.
ALTER TABLE refresh_tokens ADD COLUMN token_version bigint NOT NULL DEFAULT 0;

-- +goose Down

ALTER TABLE refresh_tokens DROP COLUMN token_version;
