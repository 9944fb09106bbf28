-- name: InsertRequest :exec
INSERT INTO idempotency_keys (user_id, key, fingerprint, claim, claimed_at, lease_until)
VALUES (?, ?, ?, ?, ?, ?);

-- name: RequestByKey :one
SELECT * FROM idempotency_keys WHERE user_id = ? AND key = ?;

-- name: ReclaimRequest :exec
UPDATE idempotency_keys SET claim = ?, claimed_at = ?, lease_until = ?
WHERE user_id = ? AND key = ?;

-- name: FinishRequest :execrows
UPDATE idempotency_keys SET status = ?, body = ? WHERE claim = ? AND status IS NULL;

-- name: AbandonRequest :exec
DELETE FROM idempotency_keys WHERE claim = ? AND status IS NULL;

-- name: DeleteRequests :execrows
DELETE FROM idempotency_keys
WHERE claimed_at < @before AND (status IS NOT NULL OR lease_until <= @now);
