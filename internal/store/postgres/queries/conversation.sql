-- name: InsertConversation :one
INSERT INTO conversations (id, user_id, title, length, created_at, updated_at)
VALUES (@id, @user_id, @title, 0, lectern_now(), lectern_now())
RETURNING *;

-- name: Conversation :one
SELECT * FROM conversations WHERE id = @id AND user_id = @user_id;

-- name: ListConversations :many
SELECT * FROM conversations WHERE user_id = @user_id AND id < @before
ORDER BY id DESC LIMIT @row_limit::bigint;

-- name: DeleteConversation :execrows
DELETE FROM conversations WHERE id = @id AND user_id = @user_id;

-- name: DeleteConversations :execrows
DELETE FROM conversations WHERE id IN (
    SELECT c.id FROM conversations c WHERE c.updated_at < lectern_now() - @age::interval
    ORDER BY c.updated_at, c.id LIMIT @row_limit::bigint
);

-- BeginTurn appends both messages, with no row where there is no such conversation.
-- name: BeginTurn :execrows
WITH extended AS (
    UPDATE conversations SET
        length = length + 2, updated_at = lectern_now(),
        title = CASE WHEN title = '' THEN @title::text ELSE title END
    WHERE conversations.id = @conversation_id AND user_id = @user_id
    RETURNING conversations.id, length
)
INSERT INTO messages (id, conversation_id, number, role, text, created_at, complete)
SELECT m.id, extended.id, extended.length - m.back, m.role, m.text, lectern_now(), m.complete
FROM extended CROSS JOIN (VALUES
    (@question_id::uuid, 1, 'user', @question::text, true),
    (@answer_id::uuid, 0, 'assistant', '', false)
) AS m (id, back, role, text, complete);

-- name: FinishTurn :execrows
UPDATE messages SET
    text = @text, complete = @complete, refused = @refused, citations = @citations,
    model = @model, degraded = @degraded, usage = @usage
FROM conversations c
WHERE messages.id = @id AND messages.role = 'assistant'
  AND c.id = messages.conversation_id AND c.user_id = @user_id;

-- name: ListMessages :many
SELECT * FROM messages WHERE conversation_id = @conversation_id AND number > @after
ORDER BY number LIMIT @row_limit::bigint;

-- name: LastMessages :many
SELECT * FROM messages WHERE conversation_id = @conversation_id
ORDER BY number DESC LIMIT @row_limit::bigint;

-- name: SetFeedback :one
UPDATE messages SET
    rating = @rating::bigint, comment = @comment,
    rated_at = CASE WHEN @rating::bigint = 0 THEN NULL ELSE lectern_now() END
FROM conversations c
WHERE messages.id = @id AND messages.role = 'assistant'
  AND c.id = messages.conversation_id AND c.user_id = @user_id
RETURNING messages.rated_at;

-- name: ListFeedback :many
SELECT sqlc.embed(messages), question.text AS question, users.username
FROM messages
JOIN conversations c ON c.id = messages.conversation_id
JOIN users ON users.id = c.user_id
JOIN messages question
    ON question.conversation_id = messages.conversation_id AND question.number = messages.number - 1
WHERE messages.rating <> 0 AND messages.id < @before
ORDER BY messages.id DESC LIMIT @row_limit::bigint;

-- name: NextConversation :one
SELECT * FROM conversations WHERE id > @after ORDER BY id LIMIT 1;

-- name: ConversationByID :one
SELECT * FROM conversations WHERE id = @id;

-- name: RestoreConversation :execrows
INSERT INTO conversations (id, user_id, title, length, created_at, updated_at)
VALUES (@id, @user_id, @title, @length, @created_at, @updated_at)
ON CONFLICT DO NOTHING;

-- name: RestoreMessage :exec
INSERT INTO messages (
    id, conversation_id, number, role, text, created_at, complete, refused, citations, model,
    degraded, usage, rating, comment, rated_at
) VALUES (
    @id, @conversation_id, @number, @role, @text, @created_at, @complete, @refused, @citations,
    @model, @degraded, @usage, @rating, @comment, @rated_at
);
