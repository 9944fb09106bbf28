-- +goose Up

-- Headings within a chunk, after its start: [{"start": code points, "id": anchor}, ...].
ALTER TABLE chunks ADD COLUMN anchors TEXT NOT NULL DEFAULT '[]'
    CHECK (json_type(anchors) = 'array');

-- Chunks that are there get theirs when their document is ingested again.
UPDATE documents SET fingerprint = '';

-- +goose Down

ALTER TABLE chunks DROP COLUMN anchors;
