-- name: InsertPoint :exec
INSERT INTO chunk_vectors (vector_id, chunk, space_id, scope) VALUES (?, ?, ?, ?);

-- name: DeletePoint :exec
DELETE FROM chunk_vectors WHERE vector_id = ?;

-- name: DocumentPoints :many
SELECT v.vector_id, v.space_id FROM chunk_vectors v JOIN chunks c ON c.id = v.chunk
WHERE c.document = ? ORDER BY c.chunk_index, v.space_id;

-- name: PointsOfChunk :many
SELECT vector_id, space_id FROM chunk_vectors WHERE chunk = ?;

-- name: ListReferences :many
SELECT v.vector_id, c.chunk_id, d.doc_id, v.scope
FROM chunk_vectors v JOIN chunks c ON c.id = v.chunk JOIN documents d ON d.id = c.document
WHERE v.space_id = ? AND v.vector_id > ? ORDER BY v.vector_id LIMIT ?;

-- name: References :many
SELECT v.vector_id, c.chunk_id, d.doc_id, v.scope
FROM chunk_vectors v JOIN chunks c ON c.id = v.chunk JOIN documents d ON d.id = c.document
WHERE v.space_id = @space_id AND v.vector_id IN (sqlc.slice('ids'));

-- name: ListUnembedded :many
SELECT c.chunk_id, v.vector_id AS point, d.doc_id, d.title, c.heading_path, c.text, d.scope
FROM chunks c JOIN documents d ON d.id = c.document
LEFT JOIN chunk_vectors v ON v.chunk = c.id AND v.space_id = @space_id
WHERE c.chunk_id > @after AND v.vector_id IS NULL
ORDER BY c.chunk_id LIMIT @limit;

-- name: ListMisscoped :many
SELECT c.chunk_id, v.vector_id AS point, d.doc_id, d.title, c.heading_path, c.text, d.scope
FROM scope_changes s CROSS JOIN documents d ON d.id = s.document
CROSS JOIN chunks c ON c.document = d.id
CROSS JOIN chunk_vectors v ON v.chunk = c.id AND v.space_id = @space_id
WHERE c.chunk_id > @after AND v.scope <> d.scope
  AND (CAST(@doc_id AS TEXT) = '' OR d.doc_id = @doc_id)
ORDER BY c.chunk_id LIMIT @limit;

-- EndScopeChange forgets the change of a document's scope when all of its points carry it.
-- name: EndScopeChange :exec
DELETE FROM scope_changes WHERE scope_changes.document = @document AND NOT EXISTS (
    SELECT 1 FROM documents d JOIN chunks c ON c.document = d.id
    JOIN chunk_vectors v ON v.chunk = c.id
    WHERE d.id = @document AND v.scope <> d.scope
);

-- name: PointBases :many
SELECT c.chunk_id, v.vector_id AS point, d.doc_id, d.title, c.heading_path, c.text, d.scope
FROM chunks c JOIN documents d ON d.id = c.document
LEFT JOIN chunk_vectors v ON v.chunk = c.id AND v.space_id = @space_id
WHERE c.chunk_id IN (sqlc.slice('ids')) ORDER BY c.chunk_id;

-- name: PutTarget :one
SELECT c.id, c.document, d.scope, v.vector_id AS point
FROM chunks c JOIN documents d ON d.id = c.document
LEFT JOIN chunk_vectors v ON v.chunk = c.id AND v.space_id = @space_id
WHERE c.chunk_id = @chunk_id;
