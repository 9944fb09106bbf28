-- ClaimKey claims a key that is free, or whose claim has ended without an answer. No row: it is not
-- to be had, and stays as it is until the transaction has ended.
-- name: ClaimKey :one
INSERT INTO idempotency_keys AS k (user_id, key, fingerprint, claim, claimed_at, lease_until)
VALUES (@user_id, @key, @fingerprint, @claim, lectern_now(), lectern_now() + @lease::interval)
ON CONFLICT (user_id, key) DO UPDATE SET
    claim = excluded.claim, claimed_at = excluded.claimed_at, lease_until = excluded.lease_until
WHERE k.status IS NULL AND k.lease_until <= lectern_now() AND k.fingerprint = excluded.fingerprint
RETURNING claim;

-- name: KeyState :one
SELECT fingerprint, status, body
FROM idempotency_keys WHERE user_id = @user_id AND key = @key;

-- name: FinishRequest :execrows
UPDATE idempotency_keys SET status = @status::bigint, body = @body::bytea
WHERE claim = @claim AND status IS NULL;

-- name: AbandonRequest :exec
DELETE FROM idempotency_keys WHERE claim = @claim AND status IS NULL;

-- name: DeleteRequests :execrows
DELETE FROM idempotency_keys
WHERE claimed_at < lectern_now() - @age::interval
  AND (status IS NOT NULL OR lease_until <= lectern_now());
