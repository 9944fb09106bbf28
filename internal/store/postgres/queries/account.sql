-- name: InsertUser :one
INSERT INTO users (
    id, username, username_key, email, email_key, password_hash, role, disabled, token_version,
    created_at, updated_at
) VALUES (
    @id, @username, @username_key, @email, @email_key, @password_hash, @role, @disabled,
    @token_version, lectern_now(), lectern_now()
) RETURNING *;

-- name: UserByID :one
SELECT * FROM users WHERE id = @id;

-- name: UserByLogin :one
SELECT * FROM users WHERE username_key = @login::text OR email_key = @login::text
ORDER BY username_key = @login::text DESC LIMIT 1;

-- name: LockUser :one
SELECT * FROM users WHERE id = @id FOR UPDATE;

-- LockAdmins lets one transaction at a time take an administrator away, until it has ended.
-- name: LockAdmins :exec
SELECT pg_advisory_xact_lock(@key::bigint);

-- name: CountAdmins :one
SELECT count(*) FROM users WHERE role = 'admin' AND NOT disabled AND password_hash <> '';

-- name: UpdateUser :one
UPDATE users SET
    username = @username, username_key = @username_key, email = @email, email_key = @email_key,
    password_hash = @password_hash, role = @role, disabled = @disabled,
    token_version = @token_version, updated_at = lectern_now()
WHERE id = @id RETURNING *;

-- name: ListUsers :many
SELECT * FROM users WHERE username_key > @after::text ORDER BY username_key LIMIT @row_limit::bigint;

-- name: InsertKey :one
INSERT INTO api_keys (id, user_id, prefix, hash, role, expires_at, revoked_at, created_at)
VALUES (
    @id, @user_id, @prefix, @hash,
    CASE @permission::text
        WHEN 'read' THEN 'reader' WHEN 'ingest' THEN 'editor' WHEN 'admin' THEN 'admin' ELSE ''
    END,
    @expires_at, @revoked_at, lectern_now()
)
RETURNING *;

-- name: TouchKey :exec
UPDATE api_keys SET used_at = lectern_now()
WHERE id = @id AND (used_at IS NULL OR used_at <= lectern_now() - @every::interval);

-- name: KeyByHash :one
SELECT sqlc.embed(api_keys), sqlc.embed(users)
FROM api_keys JOIN users ON users.id = api_keys.user_id
WHERE api_keys.hash = @hash;

-- name: ListKeys :many
SELECT * FROM api_keys WHERE id > @after ORDER BY id LIMIT @row_limit::bigint;

-- name: ListKeysOfUser :many
SELECT * FROM api_keys WHERE user_id = @user_id AND id > @after ORDER BY id LIMIT @row_limit::bigint;

-- name: RevokeKey :execrows
UPDATE api_keys SET revoked_at = coalesce(revoked_at, lectern_now())
WHERE id = @id;

-- name: InsertRefreshToken :exec
INSERT INTO refresh_tokens (hash, family, user_id, token_version, expires_at, used_at, revoked_at)
VALUES (@hash, @family, @user_id, @token_version, @expires_at, @used_at, @revoked_at);

-- name: RefreshToken :one
SELECT * FROM refresh_tokens WHERE hash = @hash;

-- name: UseRefreshToken :execrows
UPDATE refresh_tokens SET used_at = coalesce(refresh_tokens.used_at, lectern_now())
WHERE refresh_tokens.hash = @hash
    AND (refresh_tokens.used_at IS NULL OR refresh_tokens.used_at > lectern_now() - @grace::interval)
    AND NOT EXISTS (
        SELECT 1 FROM refresh_tokens t
        WHERE t.family = refresh_tokens.family AND t.revoked_at IS NOT NULL
    );

-- name: RevokeFamily :exec
UPDATE refresh_tokens SET revoked_at = lectern_now()
WHERE family = @family AND revoked_at IS NULL;

-- name: DeleteRefreshTokens :execrows
DELETE FROM refresh_tokens WHERE expires_at < @until::timestamptz;
