-- name: RestoreUser :execrows
INSERT INTO users (
    id, username, username_key, email, email_key, password_hash, role, disabled, token_version,
    created_at, updated_at
) VALUES (
    @id, @username, @username_key, @email, @email_key, @password_hash, @role, @disabled,
    @token_version, @created_at, @updated_at
) ON CONFLICT DO NOTHING;

-- name: RestoreKey :execrows
INSERT INTO api_keys (id, user_id, prefix, hash, role, expires_at, revoked_at, created_at, used_at)
VALUES (
    @id, @user_id, @prefix, @hash,
    CASE @permission::text
        WHEN 'read' THEN 'reader' WHEN 'ingest' THEN 'editor' WHEN 'admin' THEN 'admin' ELSE ''
    END,
    @expires_at, @revoked_at, @created_at, @used_at
)
ON CONFLICT DO NOTHING;

-- name: KeyByID :one
SELECT * FROM api_keys WHERE id = @id;

-- name: SetChunkTimes :exec
UPDATE chunks SET created_at = @created_at, updated_at = @updated_at WHERE doc_id = @doc_id;
