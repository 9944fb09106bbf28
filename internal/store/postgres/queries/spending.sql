-- Payers are in order, so that no two statements wait for each other.
-- name: AddSpent :exec
INSERT INTO spending (day, payer, tokens, cost)
SELECT (lectern_now() AT TIME ZONE 'UTC')::date, p.payer, @tokens::bigint, @cost::bigint
FROM unnest(@payers::text[]) AS p (payer) ORDER BY p.payer COLLATE "C"
ON CONFLICT (day, payer) DO UPDATE SET
    tokens = spending.tokens + excluded.tokens, cost = spending.cost + excluded.cost;

-- name: SpentToday :many
SELECT payer, tokens, cost FROM spending
WHERE day = (lectern_now() AT TIME ZONE 'UTC')::date AND payer = ANY (@payers::text[]);

-- name: DeleteSpent :execrows
DELETE FROM spending WHERE day < (lectern_now() AT TIME ZONE 'UTC')::date;
