-- name: DeleteFullBuckets :execrows
DELETE FROM rate_limits WHERE full_at <= lectern_now();
