-- +goose Up

-- What tells this database from others. Points in the vector index are known by it, so it stays when
-- the schema is taken down, and is there when it comes up again.
CREATE TABLE IF NOT EXISTS database_identity (
    id uuid NOT NULL,
    one boolean PRIMARY KEY DEFAULT true CHECK (one)
);

INSERT INTO database_identity (id) VALUES (gen_random_uuid()) ON CONFLICT DO NOTHING;

-- +goose Down
SELECT 1;
