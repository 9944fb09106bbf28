-- name: Document :one
SELECT sqlc.embed(documents), users.username,
    (SELECT count(*) FROM chunks WHERE chunks.doc_id = documents.doc_id) AS chunks
FROM documents JOIN users ON users.id = documents.owner_id
WHERE documents.doc_id = @doc_id
  AND (documents.visibility = 'public' OR documents.owner_id = @reader_id OR @see_all::boolean);

-- name: DocumentWithText :one
SELECT sqlc.embed(documents), users.username,
    (SELECT count(*) FROM chunks WHERE chunks.doc_id = documents.doc_id) AS chunks,
    document_texts.text
FROM documents JOIN users ON users.id = documents.owner_id
JOIN document_texts ON document_texts.doc_id = documents.doc_id
WHERE documents.doc_id = @doc_id
  AND (documents.visibility = 'public' OR documents.owner_id = @reader_id OR @see_all::boolean);

-- name: LockDocument :one
SELECT * FROM documents WHERE doc_id = @doc_id FOR UPDATE;

-- name: ListDocuments :many
SELECT sqlc.embed(documents), users.username,
    (SELECT count(*) FROM chunks WHERE chunks.doc_id = documents.doc_id) AS chunks
FROM documents JOIN users ON users.id = documents.owner_id
WHERE documents.doc_id > @after
  AND (documents.visibility = 'public' OR documents.owner_id = @reader_id OR @see_all::boolean)
  AND (@source::text = '' OR documents.source = @source)
  AND (@chapter::text = '' OR documents.chapter = @chapter)
  AND (@any_owner::boolean OR documents.owner_id = @owner_id)
ORDER BY documents.doc_id LIMIT @row_limit::bigint;

-- name: ChapterDocuments :many
SELECT doc_id FROM documents
WHERE chapter = @chapter
  AND (visibility = 'public' OR owner_id = @reader_id OR @see_all::boolean)
ORDER BY doc_id;

-- name: Baseline :one
SELECT revision, owner_id, source, visibility, fingerprint,
    ARRAY(
        SELECT c.chunk_id FROM chunks c JOIN chunk_vectors v ON v.chunk_id = c.chunk_id
        WHERE c.doc_id = documents.doc_id AND v.space_id = @space_id ORDER BY c.chunk_index
    )::uuid[] AS chunk_ids,
    (SELECT count(*) FROM chunks WHERE chunks.doc_id = documents.doc_id) AS chunks
FROM documents WHERE documents.doc_id = @doc_id;

-- InsertDocument returns no row when there is such a document by now.
-- name: InsertDocument :one
INSERT INTO documents (
    doc_id, title, chapter, url, metadata, source, owner_id, visibility, fingerprint,
    created_at, updated_at
) VALUES (
    @doc_id, @title, @chapter, @url, @metadata, @source, @owner_id, @visibility, @fingerprint,
    coalesce(sqlc.narg('created_at')::timestamptz, lectern_now()),
    coalesce(sqlc.narg('updated_at')::timestamptz, lectern_now())
) ON CONFLICT (doc_id) DO NOTHING RETURNING *;

-- name: UpdateDocument :one
UPDATE documents SET
    title = @title, chapter = @chapter, url = @url, metadata = @metadata, source = @source,
    owner_id = @owner_id, visibility = @visibility, fingerprint = @fingerprint,
    revision = nextval('document_revisions'), updated_at = lectern_now()
WHERE doc_id = @doc_id RETURNING *;

-- name: PutText :exec
INSERT INTO document_texts (doc_id, text) VALUES (@doc_id, @text)
ON CONFLICT (doc_id) DO UPDATE SET text = excluded.text;

-- name: DeleteDocument :exec
DELETE FROM documents WHERE doc_id = @doc_id;
