-- name: NextDocument :one
SELECT sqlc.embed(documents), users.username, document_texts.text
FROM documents JOIN users ON users.id = documents.owner_id
JOIN document_texts ON document_texts.document = documents.id
WHERE documents.revision > @after ORDER BY documents.revision LIMIT 1;

-- name: KeyByID :one
SELECT * FROM api_keys WHERE id = ?;
