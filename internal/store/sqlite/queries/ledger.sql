-- name: Reserve :exec
INSERT INTO vector_ledger (vector_id, space_id, state, due_at, since, seq)
VALUES (?, ?, 'writing', ?, ?, ?);

-- name: IsWriting :one
SELECT count(*) FROM vector_ledger WHERE vector_id = ? AND space_id = ? AND state = 'writing';

-- name: WritingSpace :one
SELECT space_id FROM vector_ledger WHERE vector_id = ? AND state = 'writing';

-- name: InsertStray :execrows
INSERT INTO vector_ledger (vector_id, space_id, state, due_at, since, seq)
SELECT @vector_id, @space_id, 'due', @due_at, @due_at, @seq
WHERE NOT EXISTS (SELECT 1 FROM chunk_vectors v WHERE v.vector_id = @vector_id)
ON CONFLICT (vector_id) DO NOTHING;

-- name: DeleteLedger :exec
DELETE FROM vector_ledger WHERE vector_id = ?;

-- MarkDue makes an id due whether it is on the ledger or not. A row that is there stays late until
-- when it was, or becomes late for longer.
-- name: MarkDue :exec
INSERT INTO vector_ledger (vector_id, space_id, state, due_at, since, late_until, seq)
VALUES (@vector_id, @space_id, 'due', @due_at, @due_at, @late_until, @seq)
ON CONFLICT (vector_id) DO UPDATE SET
    state = 'due', due_at = excluded.due_at, since = excluded.since, seq = excluded.seq,
    late_until = coalesce(max(late_until, excluded.late_until), late_until, excluded.late_until);

-- name: ExpiredLeases :many
SELECT vector_id, space_id FROM vector_ledger WHERE state = 'writing' AND due_at <= ?
ORDER BY due_at, seq LIMIT ?;

-- name: ListDue :many
SELECT l.vector_id, l.space_id, l.seq,
    v.vector_id AS reference
FROM vector_ledger l LEFT JOIN chunk_vectors v ON v.vector_id = l.vector_id
WHERE l.state = 'due' OR (l.state = 'watched' AND l.due_at <= ?)
ORDER BY l.due_at, l.seq LIMIT ?;

-- name: WatchLedger :execrows
UPDATE vector_ledger SET state = 'watched', due_at = late_until, since = ?, seq = ?
WHERE vector_id = ? AND seq = ? AND state = 'due' AND late_until IS NOT NULL;

-- name: DropLedger :execrows
DELETE FROM vector_ledger WHERE vector_id = @vector_id AND seq = @seq AND (
    (state = 'due' AND late_until IS NULL) OR (state = 'watched' AND due_at <= @due_at)
);

-- name: LedgerStates :many
SELECT vector_id, state FROM vector_ledger WHERE vector_id IN (sqlc.slice('ids'));

-- name: LedgerCounts :many
SELECT state, due_at <= @due_at AS ended, count(*) AS count, CAST(min(since) AS INTEGER) AS oldest,
    CAST(min(due_at) AS INTEGER) AS first_due
FROM vector_ledger GROUP BY 1, 2;
