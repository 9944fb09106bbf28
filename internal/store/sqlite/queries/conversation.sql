-- name: InsertConversation :exec
INSERT INTO conversations (id, user_id, title, length, created_at, updated_at)
VALUES (?, ?, ?, ?, ?, ?);

-- name: Conversation :one
SELECT * FROM conversations WHERE id = ? AND user_id = ?;

-- name: ConversationByID :one
SELECT * FROM conversations WHERE id = ?;

-- name: ListConversations :many
SELECT * FROM conversations WHERE user_id = @user_id AND id < @before ORDER BY id DESC LIMIT @row_limit;

-- name: DeleteConversation :execrows
DELETE FROM conversations WHERE id = ? AND user_id = ?;

-- name: DeleteConversations :execrows
DELETE FROM conversations WHERE id IN (
    SELECT c.id FROM conversations c WHERE c.updated_at < @before
    ORDER BY c.updated_at, c.id LIMIT @row_limit
);

-- name: ExtendConversation :one
UPDATE conversations SET
    length = length + 2, updated_at = @updated_at,
    title = CASE WHEN title = '' THEN CAST(@title AS TEXT) ELSE title END
WHERE id = @id AND user_id = @user_id
RETURNING length;

-- name: InsertMessage :exec
INSERT INTO messages (
    id, conversation_id, number, role, text, created_at, complete, refused, citations, model,
    degraded, usage, rating, comment, rated_at
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: FinishTurn :execrows
UPDATE messages SET
    text = @text, complete = @complete, refused = @refused, citations = @citations,
    model = @model, degraded = @degraded, usage = @usage
WHERE messages.id = @id AND role = 'assistant'
  AND conversation_id IN (SELECT c.id FROM conversations c WHERE c.user_id = @user_id);

-- name: ListMessages :many
SELECT * FROM messages WHERE conversation_id = @conversation_id AND number > @after
ORDER BY number LIMIT @row_limit;

-- name: LastMessages :many
SELECT * FROM messages WHERE conversation_id = @conversation_id ORDER BY number DESC LIMIT @row_limit;

-- name: SetFeedback :execrows
UPDATE messages SET rating = @rating, comment = @comment, rated_at = @rated_at
WHERE messages.id = @id AND role = 'assistant'
  AND conversation_id IN (SELECT c.id FROM conversations c WHERE c.user_id = @user_id);

-- name: ListFeedback :many
SELECT sqlc.embed(messages), question.text AS question, users.username
FROM messages
JOIN conversations c ON c.id = messages.conversation_id
JOIN users ON users.id = c.user_id
JOIN messages question
    ON question.conversation_id = messages.conversation_id AND question.number = messages.number - 1
WHERE messages.rating <> 0 AND messages.id < @before
ORDER BY messages.id DESC LIMIT @row_limit;

-- name: NextConversation :one
SELECT * FROM conversations WHERE id > @after ORDER BY id LIMIT 1;
