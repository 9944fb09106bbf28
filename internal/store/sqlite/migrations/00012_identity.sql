-- +goose Up

-- What tells this database from others. Points in the vector index are known by it, so it stays when
-- the schema is taken down, and is there when it comes up again.
CREATE TABLE IF NOT EXISTS database_identity (
    id BLOB NOT NULL CHECK (length(id) = 16),
    one INTEGER PRIMARY KEY CHECK (one = 1)
) STRICT;

INSERT INTO database_identity (id, one) VALUES (randomblob(16), 1) ON CONFLICT DO NOTHING;

-- +goose Down
SELECT 1;
