-- +goose Up

-- What a key may do. It follows from role, which replicas of the release before read and write; the
-- release after this one may keep permission alone.
ALTER TABLE api_keys ADD COLUMN permission text NOT NULL GENERATED ALWAYS AS (
    CASE role WHEN 'reader' THEN 'read' WHEN 'editor' THEN 'ingest' ELSE role END
) STORED;

-- +goose Down

ALTER TABLE api_keys DROP COLUMN permission;
