-- name: InsertPoints :exec
INSERT INTO chunk_vectors (vector_id, chunk_id, space_id, scope)
SELECT unnest(@vector_ids::uuid[]), unnest(@chunk_ids::uuid[]), @space_id, unnest(@scopes::text[]);

-- name: DeletePoints :exec
DELETE FROM chunk_vectors WHERE vector_id = ANY(@vector_ids::uuid[]);

-- name: DocumentPoints :many
SELECT v.vector_id, v.space_id FROM chunk_vectors v JOIN chunks c ON c.chunk_id = v.chunk_id
WHERE c.doc_id = @doc_id;

-- name: ListReferences :many
SELECT v.vector_id, v.chunk_id, c.doc_id, v.scope
FROM chunk_vectors v JOIN chunks c ON c.chunk_id = v.chunk_id
WHERE v.space_id = @space_id AND v.vector_id > @after ORDER BY v.vector_id LIMIT @row_limit::bigint;

-- name: References :many
SELECT v.vector_id, v.chunk_id, c.doc_id, v.scope
FROM chunk_vectors v JOIN chunks c ON c.chunk_id = v.chunk_id
WHERE v.space_id = @space_id AND v.vector_id = ANY(@ids::uuid[]);

-- ListUnembedded compares two indexes, and reads the rows of those that it found alone.
-- name: ListUnembedded :many
WITH missing AS MATERIALIZED (
    SELECT m.chunk_id FROM chunks m
    WHERE m.chunk_id > @after AND NOT EXISTS (
        SELECT 1 FROM chunk_vectors v WHERE v.chunk_id = m.chunk_id AND v.space_id = @space_id
    )
    ORDER BY m.chunk_id LIMIT @row_limit::bigint
)
SELECT c.chunk_id, NULL::uuid AS point, d.doc_id, d.title, c.heading_path, c.text, d.scope
FROM missing JOIN chunks c ON c.chunk_id = missing.chunk_id JOIN documents d ON d.doc_id = c.doc_id
ORDER BY c.chunk_id;

-- name: ListMisscoped :many
SELECT c.chunk_id, v.vector_id AS point, d.doc_id, d.title, c.heading_path, c.text, d.scope
FROM scope_changes s JOIN documents d ON d.doc_id = s.doc_id JOIN chunks c ON c.doc_id = d.doc_id
LEFT JOIN chunk_vectors v ON v.chunk_id = c.chunk_id AND v.space_id = @space_id
WHERE c.chunk_id > @after AND v.scope <> d.scope AND (@doc_id::text = '' OR d.doc_id = @doc_id)
ORDER BY c.chunk_id LIMIT @row_limit::bigint;

-- EndScopeChanges forgets the changes of scope of those documents whose points all carry it.
-- name: EndScopeChanges :exec
DELETE FROM scope_changes s USING documents d
WHERE d.doc_id = s.doc_id AND s.doc_id = ANY(@doc_ids::text[]) AND NOT EXISTS (
    SELECT 1 FROM chunks c JOIN chunk_vectors v ON v.chunk_id = c.chunk_id
    WHERE c.doc_id = d.doc_id AND v.scope <> d.scope
);

-- name: PointBases :many
SELECT c.chunk_id, v.vector_id AS point, d.doc_id, d.title, c.heading_path, c.text, d.scope
FROM chunks c JOIN documents d ON d.doc_id = c.doc_id
LEFT JOIN chunk_vectors v ON v.chunk_id = c.chunk_id AND v.space_id = @space_id
WHERE c.chunk_id = ANY(@ids::uuid[]) ORDER BY c.chunk_id;

-- LockDocumentsOfChunks locks in the order of names, as everybody does.
-- name: LockDocumentsOfChunks :many
SELECT doc_id FROM documents
WHERE doc_id IN (SELECT c.doc_id FROM chunks c WHERE c.chunk_id = ANY(@chunk_ids::uuid[]))
ORDER BY doc_id FOR UPDATE;

-- name: PutTargets :many
SELECT c.chunk_id, d.scope, v.vector_id AS point
FROM chunks c JOIN documents d ON d.doc_id = c.doc_id
LEFT JOIN chunk_vectors v ON v.chunk_id = c.chunk_id AND v.space_id = @space_id
WHERE c.chunk_id = ANY(@chunk_ids::uuid[]) AND d.doc_id = ANY(@doc_ids::text[]);

-- name: Counts :one
SELECT
    (SELECT count(*) FROM documents) AS documents,
    (SELECT count(*) FROM chunks) AS chunks,
    (SELECT count(*) FROM chunk_vectors v WHERE v.space_id = @space_id) AS vectors,
    (SELECT count(*) FROM vector_ledger) AS ledger;
