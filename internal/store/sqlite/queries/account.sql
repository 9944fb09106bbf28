-- name: InsertUser :exec
INSERT INTO users (
    id, username, username_key, email, email_key, password_hash, role, disabled, token_version,
    created_at, updated_at
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: UserByID :one
SELECT * FROM users WHERE id = ?;

-- name: UserByLogin :one
SELECT * FROM users WHERE id = coalesce(
    (SELECT u.id FROM users u WHERE u.username_key = CAST(@login AS TEXT)),
    (SELECT u.id FROM users u WHERE u.email_key = CAST(@login AS TEXT))
);

-- name: UpdateUser :one
UPDATE users SET
    username = ?, username_key = ?, email = ?, email_key = ?, password_hash = ?, role = ?,
    disabled = ?, token_version = ?, updated_at = ?
WHERE id = ? RETURNING *;

-- name: CountAdmins :one
SELECT count(*) FROM users WHERE role = 'admin' AND disabled = 0 AND password_hash <> '';

-- name: ListUsers :many
SELECT * FROM users WHERE username_key > ? ORDER BY username_key LIMIT ?;

-- name: InsertKey :exec
INSERT INTO api_keys (
    id, user_id, prefix, hash, permission, expires_at, revoked_at, created_at, used_at
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: TouchKey :exec
UPDATE api_keys SET used_at = @now WHERE id = @id AND (used_at IS NULL OR used_at <= @before);

-- name: KeyByHash :one
SELECT sqlc.embed(api_keys), sqlc.embed(users) FROM api_keys JOIN users ON users.id = api_keys.user_id
WHERE api_keys.hash = ?;

-- name: ListKeys :many
SELECT * FROM api_keys WHERE id > ? ORDER BY id LIMIT ?;

-- name: ListKeysOfUser :many
SELECT * FROM api_keys WHERE user_id = ? AND id > ? ORDER BY id LIMIT ?;

-- name: RevokeKey :execrows
UPDATE api_keys SET revoked_at = coalesce(revoked_at, @now) WHERE id = @id;

-- name: InsertRefreshToken :exec
INSERT INTO refresh_tokens (hash, family, user_id, token_version, expires_at, used_at, revoked_at)
VALUES (?, ?, ?, ?, ?, ?, ?);

-- name: RefreshToken :one
SELECT * FROM refresh_tokens WHERE hash = ?;

-- name: UseRefreshToken :execrows
UPDATE refresh_tokens SET used_at = coalesce(refresh_tokens.used_at, @now)
WHERE refresh_tokens.hash = @hash
    AND (refresh_tokens.used_at IS NULL OR refresh_tokens.used_at > @grace_began)
    AND NOT EXISTS (
        SELECT 1 FROM refresh_tokens t
        WHERE t.family = refresh_tokens.family AND t.revoked_at IS NOT NULL
    );

-- name: RevokeFamily :exec
UPDATE refresh_tokens SET revoked_at = ? WHERE family = ? AND revoked_at IS NULL;

-- name: DeleteRefreshTokens :execrows
DELETE FROM refresh_tokens WHERE expires_at < ?;
