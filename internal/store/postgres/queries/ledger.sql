-- Reserve holds the space as it is until the rows are in; it puts none if the space is retired.
-- name: Reserve :execrows
WITH space AS (
    SELECT s.id FROM embedding_spaces s WHERE s.id = @space_id AND s.state <> 'retired' FOR SHARE
)
INSERT INTO vector_ledger (vector_id, space_id, state, due_at, since)
SELECT i.id, space.id, 'writing', lectern_now() + @lease::interval, lectern_now()
FROM space CROSS JOIN (SELECT unnest(@ids::uuid[]) AS id) i ORDER BY i.id;

-- LockLedger locks in the order of ids, as everybody does.
-- name: LockLedger :many
SELECT vector_id, space_id, state FROM vector_ledger WHERE vector_id = ANY(@ids::uuid[])
ORDER BY vector_id FOR UPDATE;

-- MarkDue makes ids due whether they are on the ledger or not. A row that is there stays late
-- until when it was, or becomes late for longer.
-- name: MarkDue :many
INSERT INTO vector_ledger (vector_id, space_id, state, due_at, since, late_until)
SELECT p.vector_id, p.space_id, 'due', lectern_now(), lectern_now(),
    CASE WHEN p.late THEN lectern_now() + @watch::interval END
FROM (
    SELECT unnest(@ids::uuid[]) AS vector_id, unnest(@space_ids::text[]) AS space_id,
        unnest(@lates::boolean[]) AS late
) p ORDER BY p.vector_id
ON CONFLICT (vector_id) DO UPDATE SET
    state = 'due', due_at = excluded.due_at, since = excluded.since, seq = excluded.seq,
    late_until = greatest(vector_ledger.late_until, excluded.late_until)
RETURNING vector_id, seq;

-- name: DeleteLedger :exec
DELETE FROM vector_ledger WHERE vector_id = ANY(@ids::uuid[]);

-- name: Abandon :many
WITH mine AS MATERIALIZED (
    SELECT m.vector_id FROM vector_ledger m
    WHERE m.vector_id = ANY(@ids::uuid[]) AND m.state = 'writing'
    ORDER BY m.vector_id FOR UPDATE
)
UPDATE vector_ledger l SET
    state = 'due', due_at = lectern_now(), since = lectern_now(), seq = nextval('ledger_sequence'),
    late_until = CASE WHEN @late::boolean THEN lectern_now() + @watch::interval END
FROM mine WHERE l.vector_id = mine.vector_id
RETURNING l.vector_id, l.space_id, l.seq;

-- name: ExpireLeases :execrows
WITH ended AS MATERIALIZED (
    SELECT e.vector_id FROM vector_ledger e
    WHERE e.state = 'writing' AND e.due_at <= lectern_now()
    ORDER BY e.due_at, e.seq LIMIT @row_limit::bigint
), mine AS MATERIALIZED (
    SELECT m.vector_id FROM vector_ledger m
    WHERE m.vector_id IN (SELECT ended.vector_id FROM ended)
      AND m.state = 'writing' AND m.due_at <= lectern_now()
    ORDER BY m.vector_id FOR UPDATE
)
UPDATE vector_ledger l SET
    state = 'due', due_at = lectern_now(), since = lectern_now(), seq = nextval('ledger_sequence'),
    late_until = lectern_now() + @watch::interval
FROM mine WHERE l.vector_id = mine.vector_id;

-- name: ListDue :many
SELECT l.vector_id, l.space_id, l.seq,
    EXISTS (SELECT 1 FROM chunk_vectors v WHERE v.vector_id = l.vector_id) AS referenced
FROM vector_ledger l
WHERE l.state = 'due' OR (l.state = 'watched' AND l.due_at <= lectern_now())
ORDER BY l.due_at, l.seq LIMIT @row_limit::bigint;

-- A late row goes on watch even if its watch has ended by now: it had not when the row was read,
-- so the point may have been written after it was settled.
-- name: Drop :one
WITH mine AS MATERIALIZED (
    SELECT m.vector_id, m.state, m.due_at, m.late_until
    FROM (SELECT unnest(@ids::uuid[]) AS vector_id, unnest(@seqs::bigint[]) AS seq) e
    JOIN vector_ledger m ON m.vector_id = e.vector_id AND m.seq = e.seq
    ORDER BY m.vector_id FOR UPDATE OF m
), watched AS (
    UPDATE vector_ledger l SET
        state = 'watched', due_at = l.late_until, since = lectern_now(),
        seq = nextval('ledger_sequence')
    FROM mine
    WHERE l.vector_id = mine.vector_id AND mine.state = 'due' AND mine.late_until IS NOT NULL
    RETURNING l.vector_id
), dropped AS (
    DELETE FROM vector_ledger l USING mine
    WHERE l.vector_id = mine.vector_id AND (
        (mine.state = 'due' AND mine.late_until IS NULL)
        OR (mine.state = 'watched' AND mine.due_at <= lectern_now())
    )
    RETURNING l.vector_id
)
SELECT ((SELECT count(*) FROM watched) + (SELECT count(*) FROM dropped))::bigint AS count;

-- name: LedgerStates :many
SELECT vector_id, state FROM vector_ledger WHERE vector_id = ANY(@ids::uuid[]);

-- name: InsertStrays :many
INSERT INTO vector_ledger (vector_id, space_id, state, due_at, since)
SELECT i.id, @space_id, 'due', lectern_now(), lectern_now()
FROM (SELECT DISTINCT unnest(@ids::uuid[]) AS id) i
WHERE NOT EXISTS (SELECT 1 FROM chunk_vectors v WHERE v.vector_id = i.id)
ORDER BY i.id
ON CONFLICT (vector_id) DO NOTHING
RETURNING vector_id;

-- DeleteReferenced takes rows off that a commit has come to refer to while they were put.
-- name: DeleteReferenced :execrows
DELETE FROM vector_ledger l USING chunk_vectors v
WHERE l.vector_id = v.vector_id AND l.vector_id = ANY(@ids::uuid[]);

-- name: LedgerStats :one
SELECT
    count(*) FILTER (WHERE state = 'writing') AS writing,
    count(*) FILTER (WHERE state = 'due' OR (state = 'watched' AND due_at <= lectern_now())) AS due,
    count(*) FILTER (WHERE state = 'watched' AND due_at > lectern_now()) AS watched,
    coalesce(lectern_now() - min(CASE
        WHEN state <> 'watched' THEN since WHEN due_at <= lectern_now() THEN due_at
    END), interval '0')::interval AS oldest
FROM vector_ledger;
