-- name: NextRevision :one
UPDATE counters SET value = value + 1 WHERE name = 'revision' RETURNING value;

-- name: TakeSequence :one
UPDATE counters SET value = value + @count WHERE name = 'sequence' RETURNING value;

-- name: CountChunks :one
SELECT value FROM counters WHERE name = 'chunks';

-- name: CountDocuments :one
SELECT count(*) FROM documents;

-- name: CountVectors :one
SELECT count(*) FROM chunk_vectors WHERE space_id = ?;

-- name: CountLedger :one
SELECT count(*) FROM vector_ledger;
