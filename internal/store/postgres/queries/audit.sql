-- name: InsertEvent :exec
INSERT INTO audit_log (
    id, actor_id, actor, action, target_kind, target_id, target, address, detail
) VALUES (
    @id, @actor_id, @actor, @action, @target_kind, @target_id, @target, @address, @detail
) ON CONFLICT (id) DO NOTHING;

-- name: ListEvents :many
SELECT * FROM audit_log
WHERE id < @before
  AND (@actor::text = '' OR lower(actor) = lower(@actor::text))
  AND (@action::text = '' OR action = @action::text
       OR starts_with(action, @action::text || '.'))
  AND (@target::text = '' OR target_id = @target::text OR lower(target) = lower(@target::text))
ORDER BY id DESC LIMIT @row_limit::bigint;

-- name: DeleteEvents :execrows
DELETE FROM audit_log WHERE at < lectern_now() - @age::interval;
