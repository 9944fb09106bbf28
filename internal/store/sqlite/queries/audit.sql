-- name: InsertEvent :exec
INSERT INTO audit_log (
    id, at, actor_id, actor, action, target_kind, target_id, target, address, detail
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO NOTHING;

-- name: ListEvents :many
SELECT * FROM audit_log
WHERE id < @before
  AND (CAST(@actor AS TEXT) = '' OR lower(actor) = lower(CAST(@actor AS TEXT)))
  AND (CAST(@action AS TEXT) = '' OR action = CAST(@action AS TEXT)
       OR substr(action, 1, length(CAST(@action AS TEXT)) + 1) = CAST(@action AS TEXT) || '.')
  AND (CAST(@target AS TEXT) = '' OR target_id = CAST(@target AS TEXT)
       OR lower(target) = lower(CAST(@target AS TEXT)))
ORDER BY id DESC LIMIT @row_limit;

-- name: DeleteEvents :execrows
DELETE FROM audit_log WHERE at < @before;
