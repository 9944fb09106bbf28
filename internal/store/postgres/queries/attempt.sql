-- AddCounters makes those that are not there, so that they can be locked.
-- name: AddCounters :exec
INSERT INTO attempts (name, count, last_at, next_at)
SELECT name, 0, lectern_now(), lectern_now() FROM unnest(@names::bytea[]) AS name ORDER BY name
ON CONFLICT DO NOTHING;

-- name: LockCounters :many
SELECT name, count, last_at, next_at, lectern_now()::timestamptz AS now
FROM attempts WHERE name = ANY(@names::bytea[]) ORDER BY name FOR UPDATE;

-- name: SetCounter :exec
UPDATE attempts SET count = @count, last_at = @last_at, next_at = @next_at WHERE name = @name;

-- name: DeleteAttempts :execrows
DELETE FROM attempts WHERE last_at < lectern_now() - @age::interval;
