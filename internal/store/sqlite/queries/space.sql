-- name: ActiveSpace :one
SELECT * FROM embedding_spaces WHERE state = 'active';

-- name: ListSpaces :many
SELECT * FROM embedding_spaces ORDER BY id;

-- name: SpaceState :one
SELECT state FROM embedding_spaces WHERE id = ?;

-- name: InsertFirstSpace :exec
INSERT INTO embedding_spaces (
    id, provider, model, dimensions, prefix_version, lexical_version, dense_weight, state, activation
) VALUES (?, ?, ?, ?, ?, ?, ?, 'active', 1);

-- name: InsertSpace :exec
INSERT INTO embedding_spaces (
    id, provider, model, dimensions, prefix_version, lexical_version, dense_weight, state
) VALUES (?, ?, ?, ?, ?, ?, ?, 'standby');

-- name: SetDenseWeight :exec
UPDATE embedding_spaces SET dense_weight = ? WHERE id = ?;

-- name: SetSpaceState :exec
UPDATE embedding_spaces SET state = ? WHERE id = ?;

-- ActivateSpace gives the space a number above all others. One of them is always that of the space
-- that was active before, so no number is used twice.
-- name: ActivateSpace :exec
UPDATE embedding_spaces
SET state = 'active', activation = (SELECT max(s.activation) + 1 FROM embedding_spaces s)
WHERE embedding_spaces.id = ?;

-- name: DeleteSpace :exec
DELETE FROM embedding_spaces WHERE id = ?;

-- LacksPoints reports whether a chunk has no point in the space.
-- name: LacksPoints :one
SELECT EXISTS (
    SELECT 1 FROM chunks c
    WHERE NOT EXISTS (
        SELECT 1 FROM chunk_vectors v WHERE v.chunk = c.id AND v.space_id = @space_id
    )
);

-- name: SpacePoints :many
SELECT vector_id FROM chunk_vectors WHERE space_id = ? LIMIT ?;
