-- +goose Up

-- Counters of what must not be tried too often, such as sign-ins to one account.
CREATE TABLE attempts (
    name bytea PRIMARY KEY CHECK (length(name) > 0),
    count bigint NOT NULL CHECK (count >= 0),
    last_at timestamptz NOT NULL,
    next_at timestamptz NOT NULL
);

CREATE INDEX attempts_by_age ON attempts (last_at);

-- +goose Down

DROP TABLE attempts;
