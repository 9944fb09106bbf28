-- name: InsertLink :exec
INSERT INTO one_time_links (id, purpose, hash, user_id, email, role, expires_at, created_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?);

-- name: LinkByHash :one
SELECT * FROM one_time_links WHERE hash = ? AND purpose = ? AND expires_at > CAST(@now AS INTEGER);

-- name: ListInvitations :many
SELECT * FROM one_time_links
WHERE id > ? AND purpose = 'invitation' AND expires_at > CAST(@now AS INTEGER)
ORDER BY id LIMIT ?;

-- name: DeleteInvitation :execrows
DELETE FROM one_time_links
WHERE id = ? AND purpose = 'invitation' AND expires_at > CAST(@now AS INTEGER);

-- name: DeleteLink :exec
DELETE FROM one_time_links WHERE id = ?;

-- name: DeleteReset :exec
DELETE FROM one_time_links WHERE user_id = ?;

-- name: DeleteExpiredLinks :execrows
DELETE FROM one_time_links WHERE expires_at <= CAST(@now AS INTEGER);

-- name: InsertDeparture :exec
INSERT INTO departures (user_id, heir_id) VALUES (?, ?);

-- name: DepartureOf :one
SELECT * FROM departures WHERE user_id = ?;

-- name: ListDepartures :many
SELECT * FROM departures WHERE user_id > ? ORDER BY user_id LIMIT ?;

-- name: RevokeKeysOf :exec
UPDATE api_keys SET revoked_at = ? WHERE user_id = ? AND revoked_at IS NULL;

-- name: DeleteDeparture :execrows
DELETE FROM departures WHERE user_id = ?;

-- name: DeleteKeysOf :exec
DELETE FROM api_keys WHERE user_id = ?;

-- name: DeleteRefreshTokensOf :exec
DELETE FROM refresh_tokens WHERE user_id = ?;

-- name: DeleteRequestsOf :exec
DELETE FROM idempotency_keys WHERE user_id = ?;

-- name: DeleteUser :execrows
DELETE FROM users WHERE id = ?;
