-- +goose Up

-- Requests that carry an Idempotency-Key, and their answers.
CREATE TABLE idempotency_keys (
    user_id uuid NOT NULL REFERENCES users (id),
    key text COLLATE "C" NOT NULL CHECK (key <> ''),
    fingerprint bytea NOT NULL CHECK (length(fingerprint) > 0), -- of the request
    claim uuid NOT NULL UNIQUE,
    claimed_at timestamptz NOT NULL,
    lease_until timestamptz NOT NULL,
    status bigint CHECK (status BETWEEN 100 AND 599), -- null while the request is running
    body bytea,
    PRIMARY KEY (user_id, key),
    CHECK ((status IS NULL) = (body IS NULL))
);

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (claimed_at);

-- +goose Down

DROP TABLE idempotency_keys;
