-- name: Resolve :many
SELECT v.vector_id, d.doc_id, d.title, d.chapter, d.url, d.revision, c.chunk_id, c.chunk_index,
    c.char_start, c.char_end, c.heading_path, c.anchor, c.anchors, c.text
FROM chunk_vectors v
JOIN chunks c ON c.chunk_id = v.chunk_id
JOIN documents d ON d.doc_id = c.doc_id
WHERE v.vector_id = ANY(@ids::uuid[])
  AND v.space_id = (
      SELECT s.id FROM embedding_spaces s
      WHERE s.id = @space_id AND s.state = 'active' AND s.activation = @activation
  )
  AND (d.visibility = 'public' OR d.owner_id = @reader_id OR @see_all::boolean);
