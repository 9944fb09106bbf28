-- name: ActiveSpace :one
SELECT * FROM embedding_spaces WHERE active;

-- name: SpaceExists :one
SELECT EXISTS (SELECT 1 FROM embedding_spaces WHERE id = @id);

-- name: InsertSpace :exec
INSERT INTO embedding_spaces (
    id, provider, model, dimensions, prefix_version, lexical_version, dense_weight, active
) VALUES (
    @id, @provider, @model, @dimensions, @prefix_version, @lexical_version, @dense_weight, true
) ON CONFLICT DO NOTHING;

-- HoldSpaces keeps the active space from being switched until the transaction has ended.
-- name: HoldSpaces :exec
SELECT pg_advisory_xact_lock_shared(@key::bigint);
