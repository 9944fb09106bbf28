-- +goose Up

-- Documents whose scope has changed and whose points may not all carry it yet. Looking for such
-- points among all others would take the longer the larger the book is.
CREATE TABLE scope_changes (
    document INTEGER PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE
) STRICT;

INSERT INTO scope_changes (document)
SELECT DISTINCT c.document
FROM chunk_vectors v JOIN chunks c ON c.id = v.chunk JOIN documents d ON d.id = c.document
WHERE v.scope <> d.scope;

-- +goose StatementBegin
CREATE TRIGGER documents_rescoped AFTER UPDATE OF scope ON documents WHEN NEW.scope <> OLD.scope
BEGIN
    INSERT INTO scope_changes (document) VALUES (NEW.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- +goose Down

DROP TRIGGER documents_rescoped;
DROP TABLE scope_changes;
