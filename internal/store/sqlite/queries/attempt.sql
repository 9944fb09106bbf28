-- name: AttemptsAt :one
SELECT * FROM attempts WHERE name = ?;

-- name: PutAttempts :exec
INSERT INTO attempts (name, count, last_at, next_at) VALUES (?, ?, ?, ?)
ON CONFLICT (name) DO UPDATE SET
    count = excluded.count, last_at = excluded.last_at, next_at = excluded.next_at;

-- name: DeleteAttempts :execrows
DELETE FROM attempts WHERE last_at < ?;
