-- +goose Up

CREATE TABLE conversations (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16 AND id <> zeroblob(16)),
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    length INTEGER NOT NULL CHECK (length >= 0), -- number of messages
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE INDEX conversations_by_user ON conversations (user_id, id);
CREATE INDEX conversations_by_age ON conversations (updated_at, id);

-- Questions and answers. From refused on, columns are of answers alone.
CREATE TABLE messages (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16 AND id <> zeroblob(16)),
    conversation_id BLOB NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    number INTEGER NOT NULL CHECK (number > 0),
    role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
    text TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    complete INTEGER NOT NULL CHECK (complete IN (0, 1)),
    refused INTEGER NOT NULL DEFAULT 0 CHECK (refused IN (0, 1)),
    citations TEXT NOT NULL DEFAULT '[]' CHECK (json_type(citations) = 'array'),
    model TEXT NOT NULL DEFAULT '',
    degraded TEXT NOT NULL DEFAULT '[]' CHECK (json_type(degraded) = 'array'),
    usage TEXT NOT NULL DEFAULT '{}' CHECK (json_type(usage) = 'object'),
    rating INTEGER NOT NULL DEFAULT 0 CHECK (rating IN (-1, 0, 1)), -- 0: no feedback
    comment TEXT NOT NULL DEFAULT '',
    rated_at INTEGER,
    UNIQUE (conversation_id, number),
    CHECK ((rating = 0) = (rated_at IS NULL)),
    CHECK (rating = 0 OR role = 'assistant')
) STRICT;

CREATE INDEX messages_rated ON messages (id) WHERE rating <> 0;

-- +goose Down

DROP TABLE messages;
DROP TABLE conversations;
