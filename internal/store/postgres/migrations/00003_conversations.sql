-- +goose Up

CREATE TABLE conversations (
    id uuid PRIMARY KEY CHECK (id <> '00000000-0000-0000-0000-000000000000'),
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title text NOT NULL,
    length bigint NOT NULL CHECK (length >= 0), -- number of messages
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE INDEX conversations_by_user ON conversations (user_id, id);
CREATE INDEX conversations_by_age ON conversations (updated_at, id);

-- Questions and answers. From refused on, columns are of answers alone.
CREATE TABLE messages (
    id uuid PRIMARY KEY CHECK (id <> '00000000-0000-0000-0000-000000000000'),
    conversation_id uuid NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    number bigint NOT NULL CHECK (number > 0),
    role text NOT NULL CHECK (role IN ('user', 'assistant')),
    text text NOT NULL,
    created_at timestamptz NOT NULL,
    complete boolean NOT NULL,
    refused boolean NOT NULL DEFAULT false,
    citations jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(citations) = 'array'),
    model text NOT NULL DEFAULT '',
    degraded jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(degraded) = 'array'),
    usage jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(usage) = 'object'),
    rating bigint NOT NULL DEFAULT 0 CHECK (rating IN (-1, 0, 1)), -- 0: no feedback
    comment text NOT NULL DEFAULT '',
    rated_at timestamptz,
    UNIQUE (conversation_id, number),
    CHECK ((rating = 0) = (rated_at IS NULL)),
    CHECK (rating = 0 OR role = 'assistant')
);

CREATE INDEX messages_rated ON messages (id) WHERE rating <> 0;

-- +goose Down

DROP TABLE messages, conversations;
