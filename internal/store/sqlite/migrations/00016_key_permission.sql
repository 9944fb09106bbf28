-- +goose Up

-- What a key may do has names of its own. A CHECK cannot be changed, so the table is made anew.
CREATE TABLE new_api_keys (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16 AND id <> zeroblob(16)),
    user_id BLOB NOT NULL REFERENCES users (id),
    prefix TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) > 0),
    permission TEXT NOT NULL CHECK (permission IN ('read', 'ingest', 'admin')),
    expires_at INTEGER,
    revoked_at INTEGER,
    created_at INTEGER NOT NULL,
    used_at INTEGER -- last use, to the minute or so
) STRICT;

INSERT INTO new_api_keys
SELECT id, user_id, prefix, hash,
    CASE role WHEN 'reader' THEN 'read' WHEN 'editor' THEN 'ingest' ELSE role END,
    expires_at, revoked_at, created_at, used_at
FROM api_keys;

DROP TABLE api_keys;
ALTER TABLE new_api_keys RENAME TO api_keys;
CREATE INDEX api_keys_by_user ON api_keys (user_id, id);

-- +goose Down

CREATE TABLE old_api_keys (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16 AND id <> zeroblob(16)),
    user_id BLOB NOT NULL REFERENCES users (id),
    prefix TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) > 0),
    role TEXT NOT NULL CHECK (role IN ('reader', 'editor', 'admin')),
    expires_at INTEGER,
    revoked_at INTEGER,
    created_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;

INSERT INTO old_api_keys
SELECT id, user_id, prefix, hash,
    CASE permission WHEN 'read' THEN 'reader' WHEN 'ingest' THEN 'editor' ELSE permission END,
    expires_at, revoked_at, created_at, used_at
FROM api_keys;

DROP TABLE api_keys;
ALTER TABLE old_api_keys RENAME TO api_keys;
CREATE INDEX api_keys_by_user ON api_keys (user_id, id);
