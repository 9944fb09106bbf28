-- name: AddSpent :exec
INSERT INTO spending (day, payer, tokens, cost) VALUES (?, ?, ?, ?)
ON CONFLICT (day, payer) DO UPDATE SET tokens = tokens + excluded.tokens, cost = cost + excluded.cost;

-- name: Spent :one
SELECT tokens, cost FROM spending WHERE day = ? AND payer = ?;

-- name: DeleteSpent :execrows
DELETE FROM spending WHERE day < ?;
