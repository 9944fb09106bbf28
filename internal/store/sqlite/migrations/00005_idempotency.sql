-- +goose Up

-- Requests that carry an Idempotency-Key, and their answers.
CREATE TABLE idempotency_keys (
    user_id BLOB NOT NULL REFERENCES users (id),
    key TEXT NOT NULL CHECK (key <> ''),
    fingerprint BLOB NOT NULL CHECK (length(fingerprint) > 0), -- of the request
    claim BLOB NOT NULL UNIQUE CHECK (length(claim) = 16),
    claimed_at INTEGER NOT NULL,
    lease_until INTEGER NOT NULL,
    status INTEGER CHECK (status BETWEEN 100 AND 599), -- null while the request is running
    body BLOB,
    PRIMARY KEY (user_id, key),
    CHECK ((status IS NULL) = (body IS NULL))
) STRICT;

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (claimed_at);

-- +goose Down

DROP TABLE idempotency_keys;
