-- +goose Up

-- Counters of what must not be tried too often, such as sign-ins to one account.
CREATE TABLE attempts (
    name BLOB NOT NULL PRIMARY KEY CHECK (length(name) > 0),
    count INTEGER NOT NULL CHECK (count >= 0),
    last_at INTEGER NOT NULL,
    next_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX attempts_by_age ON attempts (last_at);

-- +goose Down

DROP TABLE attempts;
