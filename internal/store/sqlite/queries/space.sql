-- name: ActiveSpace :one
SELECT * FROM embedding_spaces WHERE active = 1;

-- name: SpaceExists :one
SELECT count(*) FROM embedding_spaces WHERE id = ?;

-- name: InsertSpace :exec
INSERT INTO embedding_spaces (
    id, provider, model, dimensions, prefix_version, lexical_version, dense_weight, active
) VALUES (?, ?, ?, ?, ?, ?, ?, 1);
