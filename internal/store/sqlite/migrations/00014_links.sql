-- +goose Up

-- One-time links that have not been used: invitations, and resets of a password.
CREATE TABLE one_time_links (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16 AND id <> zeroblob(16)),
    purpose TEXT NOT NULL CHECK (purpose IN ('invitation', 'reset')),
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) > 0),
    user_id BLOB UNIQUE REFERENCES users (id) ON DELETE CASCADE, -- of a reset
    email TEXT NOT NULL,
    role TEXT CHECK (role IN ('reader', 'editor', 'admin')),     -- of an invitation
    expires_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    CHECK ((purpose = 'reset') = (user_id IS NOT NULL)),
    CHECK ((purpose = 'invitation') = (role IS NOT NULL))
) STRICT;

CREATE INDEX one_time_links_by_expiry ON one_time_links (expires_at);

-- +goose Down

DROP TABLE one_time_links;
