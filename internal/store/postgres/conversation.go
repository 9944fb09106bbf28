package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/postgres/postgresdb"
)

// CreateConversation implements store.Conversations.
func (s *Store) CreateConversation(
	ctx context.Context, c book.Conversation,
) (book.Conversation, error) {
	row, err := s.read.InsertConversation(ctx, postgresdb.InsertConversationParams{
		ID: c.ID, UserID: c.UserID, Title: c.Title,
	})
	if err != nil {
		return book.Conversation{}, s.translate(ctx, conversationRefused(err))
	}
	return conversationOf(row), nil
}

// Conversation implements store.Conversations.
func (s *Store) Conversation(
	ctx context.Context, userID, id uuid.UUID,
) (book.Conversation, error) {
	c, err := conversation(ctx, s.read, userID, id)
	return c, s.translate(ctx, err)
}

func conversation(
	ctx context.Context, q *postgresdb.Queries, userID, id uuid.UUID,
) (book.Conversation, error) {
	row, err := q.Conversation(ctx, postgresdb.ConversationParams{ID: id, UserID: userID})
	if errors.Is(err, pgx.ErrNoRows) {
		err = noConversation()
	}
	if err != nil {
		return book.Conversation{}, err
	}
	return conversationOf(row), nil
}

// ListConversations implements store.Conversations.
func (s *Store) ListConversations(
	ctx context.Context, userID, after uuid.UUID, limit int,
) ([]book.Conversation, error) {
	rows, err := s.read.ListConversations(ctx, postgresdb.ListConversationsParams{
		UserID: userID, Before: downFrom(after), RowLimit: int64(limit),
	})
	if err != nil {
		return nil, s.translate(ctx, err)
	}
	list := make([]book.Conversation, len(rows))
	for i, row := range rows {
		list[i] = conversationOf(row)
	}
	return list, nil
}

// downFrom is the id below which a list from the greatest id down begins.
func downFrom(after uuid.UUID) uuid.UUID {
	if after == uuid.Nil {
		return uuid.Max
	}
	return after
}

// DeleteConversation implements store.Conversations.
func (s *Store) DeleteConversation(ctx context.Context, userID, id uuid.UUID) error {
	n, err := s.read.DeleteConversation(ctx, postgresdb.DeleteConversationParams{
		ID: id, UserID: userID,
	})
	return s.translate(ctx, unlessNone(n, err, noConversation))
}

// DeleteConversations implements store.Conversations.
func (s *Store) DeleteConversations(
	ctx context.Context, age time.Duration, limit int,
) (int, error) {
	deleted, err := s.read.DeleteConversations(ctx, postgresdb.DeleteConversationsParams{
		Age: age, RowLimit: int64(limit),
	})
	return int(deleted), s.translate(ctx, err)
}

// BeginTurn implements store.Conversations.
func (s *Store) BeginTurn(ctx context.Context, userID uuid.UUID, t store.Turn) error {
	n, err := s.read.BeginTurn(ctx, postgresdb.BeginTurnParams{
		ConversationID: t.ConversationID, UserID: userID, QuestionID: t.QuestionID,
		AnswerID: t.AnswerID, Question: t.Question, Title: t.Title,
	})
	return s.translate(ctx, unlessNone(n, conversationRefused(err), noConversation))
}

// FinishTurn implements store.Conversations.
func (s *Store) FinishTurn(ctx context.Context, userID uuid.UUID, m book.Message) error {
	row, err := messageRow(m)
	if err != nil {
		return err
	}
	n, err := s.read.FinishTurn(ctx, postgresdb.FinishTurnParams{
		ID: row.ID, UserID: userID, Text: row.Text, Complete: row.Complete, Refused: row.Refused,
		Citations: row.Citations, Model: row.Model, Degraded: row.Degraded, Usage: row.Usage,
	})
	return s.translate(ctx, unlessNone(n, err, noAnswer))
}

// ListMessages implements store.Conversations.
func (s *Store) ListMessages(
	ctx context.Context, userID, id uuid.UUID, after, limit int,
) (messages []book.Message, err error) {
	err = s.view(ctx, func(q *postgresdb.Queries) error {
		if _, err := conversation(ctx, q, userID, id); err != nil {
			return err
		}
		messages, err = listMessages(ctx, q, id, after, limit)
		return err
	})
	return messages, err
}

func listMessages(
	ctx context.Context, q *postgresdb.Queries, id uuid.UUID, after, limit int,
) ([]book.Message, error) {
	rows, err := q.ListMessages(ctx, postgresdb.ListMessagesParams{
		ConversationID: id, After: int64(after), RowLimit: int64(limit),
	})
	if err != nil {
		return nil, err
	}
	return messagesOf(rows)
}

// LastMessages implements store.Conversations.
func (s *Store) LastMessages(
	ctx context.Context, userID, id uuid.UUID, limit int,
) (messages []book.Message, err error) {
	err = s.view(ctx, func(q *postgresdb.Queries) error {
		if _, err := conversation(ctx, q, userID, id); err != nil {
			return err
		}
		rows, err := q.LastMessages(ctx, postgresdb.LastMessagesParams{
			ConversationID: id, RowLimit: int64(limit),
		})
		if err != nil {
			return err
		}
		slices.Reverse(rows)
		messages, err = messagesOf(rows)
		return err
	})
	return messages, err
}

// GiveFeedback implements store.Feedback.
func (s *Store) GiveFeedback(
	ctx context.Context, userID, messageID uuid.UUID, f book.Feedback,
) (book.Feedback, error) {
	if f.Rating != 1 && f.Rating != -1 {
		return book.Feedback{}, book.Errorf(book.Invalid, "a rating is 1 or -1")
	}
	at, err := s.setFeedback(ctx, userID, messageID, f)
	if err != nil {
		return book.Feedback{}, err
	}
	f.At = orZero(at)
	return f, nil
}

// WithdrawFeedback implements store.Feedback.
func (s *Store) WithdrawFeedback(ctx context.Context, userID, messageID uuid.UUID) error {
	_, err := s.setFeedback(ctx, userID, messageID, book.Feedback{})
	return err
}

func (s *Store) setFeedback(
	ctx context.Context, userID, messageID uuid.UUID, f book.Feedback,
) (*time.Time, error) {
	at, err := s.read.SetFeedback(ctx, postgresdb.SetFeedbackParams{
		ID: messageID, UserID: userID, Rating: int64(f.Rating), Comment: f.Comment,
	})
	if errors.Is(err, pgx.ErrNoRows) {
		err = noAnswer()
	}
	return at, s.translate(ctx, err)
}

// ListFeedback implements store.Feedback.
func (s *Store) ListFeedback(
	ctx context.Context, after uuid.UUID, limit int,
) ([]store.RatedAnswer, error) {
	rows, err := s.read.ListFeedback(ctx, postgresdb.ListFeedbackParams{
		Before: downFrom(after), RowLimit: int64(limit),
	})
	if err != nil {
		return nil, s.translate(ctx, err)
	}
	list := make([]store.RatedAnswer, len(rows))
	for i, row := range rows {
		m, err := messageOf(row.Message)
		if err != nil {
			return nil, err
		}
		list[i] = store.RatedAnswer{Message: m, Question: row.Question, Username: row.Username}
	}
	return list, nil
}

// NextConversation implements store.Snapshot.
func (s snapshot) NextConversation(
	ctx context.Context, after uuid.UUID,
) (store.WholeConversation, error) {
	row, err := s.read.NextConversation(ctx, after)
	if errors.Is(err, pgx.ErrNoRows) {
		err = noConversation()
	}
	if err != nil {
		return store.WholeConversation{}, s.translate(ctx, err)
	}
	whole, err := wholeConversation(ctx, s.read, row)
	return whole, s.translate(ctx, err)
}

func wholeConversation(
	ctx context.Context, q *postgresdb.Queries, row postgresdb.Conversation,
) (whole store.WholeConversation, err error) {
	whole.Conversation = conversationOf(row)
	whole.Messages, err = listMessages(ctx, q, whole.ID, 0, math.MaxInt64)
	return whole, err
}

// RestoreConversation implements store.Restores.
func (s *Store) RestoreConversation(ctx context.Context, c store.WholeConversation) error {
	return s.update(ctx, func(tx *transaction) error {
		n, err := tx.RestoreConversation(ctx, postgresdb.RestoreConversationParams{
			ID: c.ID, UserID: c.UserID, Title: c.Title, Length: int64(c.Length),
			CreatedAt: exact(c.CreatedAt), UpdatedAt: exact(c.UpdatedAt),
		})
		if err != nil {
			return conversationRefused(err)
		}
		if n == 0 {
			return tx.refuseOtherConversation(ctx, c)
		}
		for _, m := range c.Messages {
			row, err := messageRow(m)
			if err != nil {
				return err
			}
			err = tx.RestoreMessage(ctx, postgresdb.RestoreMessageParams(row))
			if err != nil {
				return conversationRefused(err)
			}
		}
		return nil
	})
}

func (tx *transaction) refuseOtherConversation(
	ctx context.Context, c store.WholeConversation,
) error {
	row, err := tx.ConversationByID(ctx, c.ID)
	if err != nil {
		return err
	}
	there, err := wholeConversation(ctx, tx.Queries, row)
	if err != nil {
		return err
	}
	return refuseOther(there.SameAs(c), "conversation", c.Title)
}

func noConversation() error { return book.Errorf(book.NotFound, "there is no such conversation") }

func noAnswer() error { return book.Errorf(book.NotFound, "there is no such answer") }

// unlessNone is the error of a statement that must meet a row.
func unlessNone(rows int64, err error, none func() error) error {
	if err == nil && rows == 0 {
		return none()
	}
	return err
}

// conversationRefused turns violated constraints into the contract's errors.
func conversationRefused(err error) error {
	switch {
	case dangling(err):
		return noAccount()
	case taken(err):
		return book.Wrap(book.Conflict, err, "the conversation, or a message of it, is there already")
	}
	return err
}

func conversationOf(row postgresdb.Conversation) book.Conversation {
	return book.Conversation{
		ID: row.ID, UserID: row.UserID, Title: row.Title, Length: int(row.Length),
		CreatedAt: row.CreatedAt, UpdatedAt: row.UpdatedAt,
	}
}

func messageRow(m book.Message) (postgresdb.Message, error) {
	m = m.WithLists()
	citations, err1 := json.Marshal(m.Citations)
	degraded, err2 := json.Marshal(m.Degraded)
	usage, err3 := json.Marshal(m.Usage)
	if err := errors.Join(err1, err2, err3); err != nil {
		return postgresdb.Message{}, book.Wrap(book.Invalid, err, "a message cannot be written as JSON")
	}
	return postgresdb.Message{
		ID: m.ID, ConversationID: m.ConversationID, Number: int64(m.Number), Role: string(m.Role),
		Text: m.Text, CreatedAt: exact(m.CreatedAt), Complete: m.Complete, Refused: m.Refused,
		Citations: citations, Model: m.Model, Degraded: degraded, Usage: usage,
		Rating: int64(m.Feedback.Rating), Comment: m.Feedback.Comment,
		RatedAt: orNull(exact(m.Feedback.At)),
	}, nil
}

func messagesOf(rows []postgresdb.Message) ([]book.Message, error) {
	messages := make([]book.Message, len(rows))
	for i, row := range rows {
		var err error
		if messages[i], err = messageOf(row); err != nil {
			return nil, err
		}
	}
	return messages, nil
}

func messageOf(row postgresdb.Message) (book.Message, error) {
	citations, err1 := decode[[]book.Citation](row.Citations)
	degraded, err2 := decode[[]string](row.Degraded)
	usage, err3 := decode[book.Usage](row.Usage)
	m := book.Message{
		ID: row.ID, ConversationID: row.ConversationID, Number: int(row.Number),
		Role: book.MessageRole(row.Role), Text: row.Text, CreatedAt: row.CreatedAt,
		Complete: row.Complete, Refused: row.Refused, Citations: citations, Model: row.Model,
		Degraded: degraded, Usage: usage, Feedback: book.Feedback{
			Rating: int(row.Rating), Comment: row.Comment, At: orZero(row.RatedAt),
		},
	}
	return m.WithLists(), errors.Join(err1, err2, err3)
}
