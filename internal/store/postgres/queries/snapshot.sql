-- name: NextDocument :one
SELECT sqlc.embed(documents), users.username, document_texts.text
FROM documents JOIN users ON users.id = documents.owner_id
JOIN document_texts ON document_texts.doc_id = documents.doc_id
WHERE documents.revision > @after ORDER BY documents.revision LIMIT 1;
