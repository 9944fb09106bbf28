-- +goose Up

-- rate_limits holds token buckets that are not full. A row that is lost in a crash is a full bucket, so
-- nothing is written ahead for it.
CREATE UNLOGGED TABLE rate_limits (
    key text COLLATE "C" NOT NULL PRIMARY KEY CHECK (key <> ''),
    full_at timestamptz NOT NULL, -- when the bucket is full again
    taken bigint NOT NULL -- by the last write
);

CREATE INDEX rate_limits_by_time ON rate_limits (full_at);

-- +goose Down

DROP TABLE rate_limits;
