-- name: InsertLink :one
INSERT INTO one_time_links (id, purpose, hash, user_id, email, role, expires_at, created_at)
VALUES (@id, @purpose, @hash, @user_id, @email, @role, @expires_at, lectern_now()) RETURNING *;

-- name: LinkByHash :one
SELECT * FROM one_time_links
WHERE hash = @hash AND purpose = @purpose AND expires_at > lectern_now();

-- name: ListInvitations :many
SELECT * FROM one_time_links
WHERE id > @after AND purpose = 'invitation' AND expires_at > lectern_now()
ORDER BY id LIMIT @row_limit::bigint;

-- name: DeleteInvitation :execrows
DELETE FROM one_time_links
WHERE id = @id AND purpose = 'invitation' AND expires_at > lectern_now();

-- name: RedeemLink :one
DELETE FROM one_time_links
WHERE hash = @hash AND purpose = @purpose AND expires_at > lectern_now() RETURNING *;

-- name: DeleteReset :exec
DELETE FROM one_time_links WHERE user_id = @user_id;

-- name: DeleteExpiredLinks :execrows
DELETE FROM one_time_links WHERE expires_at <= lectern_now();

-- name: InsertDeparture :exec
INSERT INTO departures (user_id, heir_id) VALUES (@user_id, @heir_id);

-- name: DepartureOf :one
SELECT * FROM departures WHERE user_id = @user_id;

-- name: ListDepartures :many
SELECT * FROM departures WHERE user_id > @after ORDER BY user_id LIMIT @row_limit::bigint;

-- name: RevokeKeysOf :exec
UPDATE api_keys SET revoked_at = lectern_now() WHERE user_id = @user_id AND revoked_at IS NULL;

-- name: DeleteDeparture :execrows
DELETE FROM departures WHERE user_id = @user_id;

-- name: DeleteKeysOf :exec
DELETE FROM api_keys WHERE user_id = @user_id;

-- name: DeleteRefreshTokensOf :exec
DELETE FROM refresh_tokens WHERE user_id = @user_id;

-- name: DeleteRequestsOf :exec
DELETE FROM idempotency_keys WHERE user_id = @user_id;

-- name: DeleteUser :execrows
DELETE FROM users WHERE id = @id;
