-- name: ListChunks :many
SELECT chunk_id, chunk_index, char_start, char_end, heading_path, anchor, anchors,
    text
FROM chunks WHERE doc_id = @doc_id AND chunk_index > @after::bigint ORDER BY chunk_index LIMIT @row_limit::bigint;

-- name: ChunkPoints :many
SELECT c.chunk_id, v.vector_id, v.space_id
FROM chunks c LEFT JOIN chunk_vectors v ON v.chunk_id = c.chunk_id
WHERE c.doc_id = @doc_id;

-- MoveChunks writes all places in one statement, so that chunks can exchange indices.
-- name: MoveChunks :exec
UPDATE chunks c SET
    chunk_index = m.chunk_index, char_start = m.char_start, char_end = m.char_end,
    heading_path = m.heading_path::jsonb, anchor = m.anchor, anchors = m.anchor_list::jsonb,
    updated_at = lectern_now()
FROM (
    SELECT unnest(@chunk_ids::uuid[]) AS chunk_id, unnest(@indices::bigint[]) AS chunk_index,
        unnest(@starts::bigint[]) AS char_start, unnest(@ends::bigint[]) AS char_end,
        unnest(@heading_paths::text[]) AS heading_path, unnest(@anchors::text[]) AS anchor,
        unnest(@anchor_lists::text[]) AS anchor_list
) m
WHERE c.chunk_id = m.chunk_id AND (
    c.chunk_index, c.char_start, c.char_end, c.heading_path, c.anchor, c.anchors
) IS DISTINCT FROM (
    m.chunk_index, m.char_start, m.char_end, m.heading_path::jsonb, m.anchor, m.anchor_list::jsonb
);

-- name: InsertChunks :exec
INSERT INTO chunks (
    chunk_id, doc_id, chunk_index, char_start, char_end, heading_path, anchor, anchors, text,
    terms, token_count, created_at, updated_at
)
SELECT n.chunk_id, @doc_id, n.chunk_index, n.char_start, n.char_end, n.heading_path::jsonb,
    n.anchor, n.anchor_list::jsonb, n.text, n.terms::tsvector, n.token_count, lectern_now(), lectern_now()
FROM (
    SELECT unnest(@chunk_ids::uuid[]) AS chunk_id, unnest(@indices::bigint[]) AS chunk_index,
        unnest(@starts::bigint[]) AS char_start, unnest(@ends::bigint[]) AS char_end,
        unnest(@heading_paths::text[]) AS heading_path, unnest(@anchors::text[]) AS anchor,
        unnest(@anchor_lists::text[]) AS anchor_list,
        unnest(@texts::text[]) AS text, unnest(@terms::text[]) AS terms,
        unnest(@token_counts::bigint[]) AS token_count
) n;

-- name: DeleteChunks :exec
DELETE FROM chunks WHERE chunk_id = ANY(@chunk_ids::uuid[]);
