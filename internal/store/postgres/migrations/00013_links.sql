-- +goose Up

-- One-time links that have not been used: invitations, and resets of a password.
CREATE TABLE one_time_links (
    id uuid PRIMARY KEY CHECK (id <> '00000000-0000-0000-0000-000000000000'),
    purpose text NOT NULL CHECK (purpose IN ('invitation', 'reset')),
    hash bytea NOT NULL UNIQUE CHECK (length(hash) > 0),
    user_id uuid UNIQUE REFERENCES users (id) ON DELETE CASCADE, -- of a reset
    email text NOT NULL,
    role text CHECK (role IN ('reader', 'editor', 'admin')),     -- of an invitation
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    CHECK ((purpose = 'reset') = (user_id IS NOT NULL)),
    CHECK ((purpose = 'invitation') = (role IS NOT NULL))
);

CREATE INDEX one_time_links_by_expiry ON one_time_links (expires_at);

-- +goose Down

DROP TABLE one_time_links;
