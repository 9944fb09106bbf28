-- name: DocumentByDocID :one
SELECT * FROM documents WHERE doc_id = ?;

-- name: Document :one
SELECT sqlc.embed(documents), users.username,
    (SELECT count(*) FROM chunks WHERE document = documents.id) AS chunks
FROM documents JOIN users ON users.id = documents.owner_id
WHERE documents.doc_id = @doc_id
  AND (documents.visibility = 'public' OR documents.owner_id = @owner_id
    OR CAST(@see_all AS BOOLEAN));

-- name: DocumentText :one
SELECT text FROM document_texts WHERE document = ?;

-- name: ListDocuments :many
SELECT sqlc.embed(documents), users.username,
    (SELECT count(*) FROM chunks WHERE document = documents.id) AS chunks
FROM documents JOIN users ON users.id = documents.owner_id
WHERE documents.doc_id > @after
  AND (documents.visibility = 'public' OR documents.owner_id = @reader_id
    OR CAST(@see_all AS BOOLEAN))
  AND (CAST(@source AS TEXT) = '' OR documents.source = @source)
  AND (CAST(@chapter AS TEXT) = '' OR documents.chapter = @chapter)
  AND (CAST(@any_owner AS BOOLEAN) OR documents.owner_id = @owner_id)
ORDER BY documents.doc_id LIMIT @limit;

-- name: ChapterDocuments :many
SELECT doc_id FROM documents
WHERE chapter = @chapter
  AND (visibility = 'public' OR owner_id = @owner_id OR CAST(@see_all AS BOOLEAN))
ORDER BY doc_id;

-- name: InsertDocument :one
INSERT INTO documents (
    doc_id, title, chapter, url, metadata, source, owner_id, visibility, scope, revision,
    fingerprint, created_at, updated_at
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id;

-- name: UpdateDocument :exec
UPDATE documents SET
    title = ?, chapter = ?, url = ?, metadata = ?, source = ?, owner_id = ?, visibility = ?,
    scope = ?, revision = ?, fingerprint = ?, updated_at = ?
WHERE id = ?;

-- name: PutText :exec
INSERT INTO document_texts (document, text) VALUES (?, ?)
ON CONFLICT (document) DO UPDATE SET text = excluded.text;

-- name: DeleteDocument :exec
DELETE FROM documents WHERE id = ?;
