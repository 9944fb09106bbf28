-- name: ActiveSpace :one
SELECT * FROM embedding_spaces WHERE state = 'active';

-- name: ListSpaces :many
SELECT * FROM embedding_spaces ORDER BY id;

-- name: SpaceState :one
SELECT state FROM embedding_spaces WHERE id = @id;

-- SpaceInUse reports whether points may be written to the space.
-- name: SpaceInUse :one
SELECT EXISTS (SELECT 1 FROM embedding_spaces WHERE id = @id AND state <> 'retired');

-- InsertFirstSpace inserts nothing when there is a space already.
-- name: InsertFirstSpace :exec
INSERT INTO embedding_spaces (
    id, provider, model, dimensions, prefix_version, lexical_version, dense_weight, state, activation
) VALUES (
    @id, @provider, @model, @dimensions, @prefix_version, @lexical_version, @dense_weight, 'active', 1
) ON CONFLICT DO NOTHING;

-- AddSpace leaves the state of a space that is there, but brings a retired one back.
-- name: AddSpace :exec
INSERT INTO embedding_spaces (
    id, provider, model, dimensions, prefix_version, lexical_version, dense_weight, state
) VALUES (
    @id, @provider, @model, @dimensions, @prefix_version, @lexical_version, @dense_weight, 'standby'
) ON CONFLICT (id) DO UPDATE SET
    dense_weight = excluded.dense_weight,
    state = CASE embedding_spaces.state WHEN 'active' THEN 'active' ELSE 'standby' END;

-- name: SetDenseWeight :exec
UPDATE embedding_spaces SET dense_weight = @dense_weight WHERE id = @id;

-- name: DemoteActive :exec
UPDATE embedding_spaces SET state = 'standby' WHERE state = 'active';

-- name: SetSpaceState :exec
UPDATE embedding_spaces SET state = @state WHERE id = @id;

-- ActivateSpace gives the space a number above all others. One of them is always that of the space
-- that was active before, so no number is used twice.
-- name: ActivateSpace :exec
UPDATE embedding_spaces
SET state = 'active', activation = (SELECT max(s.activation) + 1 FROM embedding_spaces s)
WHERE embedding_spaces.id = @id;

-- name: DeleteSpace :exec
DELETE FROM embedding_spaces WHERE id = @id;

-- LacksPoints reports whether a chunk has no point in the space.
-- name: LacksPoints :one
SELECT EXISTS (
    SELECT 1 FROM chunks c
    WHERE NOT EXISTS (
        SELECT 1 FROM chunk_vectors v WHERE v.chunk_id = c.chunk_id AND v.space_id = @space_id
    )
);

-- name: SpacePoints :many
SELECT vector_id, chunk_id FROM chunk_vectors
WHERE space_id = @space_id ORDER BY vector_id LIMIT @row_limit::bigint;

-- HoldSpaces keeps the spaces from changing until the transaction has ended.
-- name: HoldSpaces :exec
SELECT pg_advisory_xact_lock_shared(@key::bigint);

-- ChangeSpaces waits until nobody holds the spaces, and lets nobody hold them until the
-- transaction has ended.
-- name: ChangeSpaces :exec
SELECT pg_advisory_xact_lock(@key::bigint);
