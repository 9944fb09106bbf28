-- +goose Up

-- The oldest programs that may use this schema: those that know the migration of this number. A
-- migration that only expands the schema leaves it; one that contracts raises it (docs/upgrade.md).
CREATE TABLE schema_compatibility (
    oldest bigint NOT NULL,
    one    boolean PRIMARY KEY DEFAULT true CHECK (one)
);

INSERT INTO schema_compatibility (oldest) VALUES (15);

-- +goose Down

DROP TABLE schema_compatibility;
