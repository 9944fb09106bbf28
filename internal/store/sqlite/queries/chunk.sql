-- name: ListChunks :many
SELECT * FROM chunks WHERE document = ? AND chunk_index > ? ORDER BY chunk_index LIMIT ?;

-- name: EmbeddedChunkIDs :many
SELECT c.chunk_id FROM chunks c JOIN chunk_vectors v ON v.chunk = c.id
WHERE c.document = ? AND v.space_id = ? ORDER BY c.chunk_index;

-- name: CountDocumentChunks :one
SELECT count(*) FROM chunks WHERE document = ?;

-- name: ChunkPlaces :many
SELECT c.id, c.chunk_id, c.chunk_index, c.char_start, c.char_end, c.heading_path, c.anchor,
    v.vector_id AS point
FROM chunks c LEFT JOIN chunk_vectors v ON v.chunk = c.id AND v.space_id = ?
WHERE c.document = ?;

-- ParkChunks takes the chunks off their indices, so that they can be given new ones in any order.
-- name: ParkChunks :exec
UPDATE chunks SET chunk_index = -1 - chunk_index WHERE document = ?;

-- name: MoveChunk :exec
UPDATE chunks SET chunk_index = ?, char_start = ?, char_end = ?, heading_path = ?, anchor = ?,
    anchors = ?
WHERE id = ?;

-- name: InsertChunk :one
INSERT INTO chunks (
    chunk_id, document, chunk_index, char_start, char_end, heading_path, anchor, anchors,
    text
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id;

-- name: InsertTerms :exec
INSERT INTO chunk_terms (chunk, terms) VALUES (?, ?);

-- name: DeleteTerms :exec
DELETE FROM chunk_terms WHERE chunk = ?;

-- name: DeleteChunk :exec
DELETE FROM chunks WHERE id = ?;
