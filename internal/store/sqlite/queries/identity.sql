-- name: Identity :one
SELECT id FROM database_identity;
