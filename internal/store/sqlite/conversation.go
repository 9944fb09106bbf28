package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/sqlite/sqlitedb"
)

// CreateConversation implements store.Conversations.
func (s *Store) CreateConversation(
	ctx context.Context, c book.Conversation,
) (book.Conversation, error) {
	err := s.update(ctx, func(ctx context.Context, tx *transaction) error {
		c.Length, c.CreatedAt, c.UpdatedAt = 0, tx.now, tx.now
		return conversationRefused(tx.InsertConversation(ctx,
			sqlitedb.InsertConversationParams(conversationRow(c))))
	})
	if err != nil {
		return book.Conversation{}, err
	}
	return c, nil
}

// Conversation implements store.Conversations.
func (s *Store) Conversation(
	ctx context.Context, userID, id uuid.UUID,
) (book.Conversation, error) {
	c, err := conversation(ctx, s.read, userID, id)
	return c, s.translate(ctx, err)
}

func conversation(
	ctx context.Context, q *sqlitedb.Queries, userID, id uuid.UUID,
) (book.Conversation, error) {
	row, err := q.Conversation(ctx, sqlitedb.ConversationParams{
		ID: sqlitedb.UUID(id), UserID: sqlitedb.UUID(userID),
	})
	if errors.Is(err, sql.ErrNoRows) {
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
	rows, err := s.read.ListConversations(ctx, sqlitedb.ListConversationsParams{
		UserID: sqlitedb.UUID(userID), Before: downFrom(after), RowLimit: int64(limit),
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
func downFrom(after uuid.UUID) sqlitedb.UUID {
	if after == uuid.Nil {
		after = uuid.Max
	}
	return sqlitedb.UUID(after)
}

// DeleteConversation implements store.Conversations.
func (s *Store) DeleteConversation(ctx context.Context, userID, id uuid.UUID) error {
	return s.update(ctx, func(ctx context.Context, tx *transaction) error {
		n, err := tx.DeleteConversation(ctx, sqlitedb.DeleteConversationParams{
			ID: sqlitedb.UUID(id), UserID: sqlitedb.UUID(userID),
		})
		return unlessNone(n, err, noConversation)
	})
}

// DeleteConversations implements store.Conversations.
func (s *Store) DeleteConversations(
	ctx context.Context, age time.Duration, limit int,
) (int, error) {
	var deleted int64
	err := s.update(ctx, func(ctx context.Context, tx *transaction) (err error) {
		deleted, err = tx.DeleteConversations(ctx, sqlitedb.DeleteConversationsParams{
			Before: sqlitedb.Time(tx.now.Add(-age)), RowLimit: int64(limit),
		})
		return err
	})
	if err != nil {
		return 0, err
	}
	return int(deleted), nil
}

// BeginTurn implements store.Conversations.
func (s *Store) BeginTurn(ctx context.Context, userID uuid.UUID, t store.Turn) error {
	return s.update(ctx, func(ctx context.Context, tx *transaction) error {
		length, err := tx.ExtendConversation(ctx, sqlitedb.ExtendConversationParams{
			ID: sqlitedb.UUID(t.ConversationID), UserID: sqlitedb.UUID(userID),
			Title: t.Title, UpdatedAt: sqlitedb.Time(tx.now),
		})
		if errors.Is(err, sql.ErrNoRows) {
			return noConversation()
		}
		if err != nil {
			return err
		}
		question := book.Message{
			ID: t.QuestionID, ConversationID: t.ConversationID, Number: int(length) - 1,
			Role: book.FromUser, Text: t.Question, Complete: true, CreatedAt: tx.now,
		}
		answer := book.Message{
			ID: t.AnswerID, ConversationID: t.ConversationID, Number: int(length),
			Role: book.FromAssistant, CreatedAt: tx.now,
		}
		return tx.insertMessages(ctx, []book.Message{question, answer})
	})
}

func (tx *transaction) insertMessages(ctx context.Context, messages []book.Message) error {
	for _, m := range messages {
		row, err := messageRow(m)
		if err != nil {
			return err
		}
		err = tx.InsertMessage(ctx, sqlitedb.InsertMessageParams(row))
		if err != nil {
			return conversationRefused(err)
		}
	}
	return nil
}

// FinishTurn implements store.Conversations.
func (s *Store) FinishTurn(ctx context.Context, userID uuid.UUID, m book.Message) error {
	row, err := messageRow(m)
	if err != nil {
		return err
	}
	return s.update(ctx, func(ctx context.Context, tx *transaction) error {
		n, err := tx.FinishTurn(ctx, sqlitedb.FinishTurnParams{
			ID: row.ID, UserID: sqlitedb.UUID(userID), Text: row.Text, Complete: row.Complete,
			Refused: row.Refused, Citations: row.Citations, Model: row.Model,
			Degraded: row.Degraded, Usage: row.Usage,
		})
		return unlessNone(n, err, noAnswer)
	})
}

// ListMessages implements store.Conversations.
func (s *Store) ListMessages(
	ctx context.Context, userID, id uuid.UUID, after, limit int,
) (messages []book.Message, err error) {
	err = s.view(ctx, func(q *sqlitedb.Queries) error {
		if _, err := conversation(ctx, q, userID, id); err != nil {
			return err
		}
		messages, err = listMessages(ctx, q, id, after, limit)
		return err
	})
	return messages, err
}

func listMessages(
	ctx context.Context, q *sqlitedb.Queries, id uuid.UUID, after, limit int,
) ([]book.Message, error) {
	rows, err := q.ListMessages(ctx, sqlitedb.ListMessagesParams{
		ConversationID: sqlitedb.UUID(id), After: int64(after), RowLimit: int64(limit),
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
	err = s.view(ctx, func(q *sqlitedb.Queries) error {
		if _, err := conversation(ctx, q, userID, id); err != nil {
			return err
		}
		rows, err := q.LastMessages(ctx, sqlitedb.LastMessagesParams{
			ConversationID: sqlitedb.UUID(id), RowLimit: int64(limit),
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
	err := s.update(ctx, func(ctx context.Context, tx *transaction) error {
		f.At = tx.now
		return tx.setFeedback(ctx, userID, messageID, f)
	})
	if err != nil {
		return book.Feedback{}, err
	}
	return f, nil
}

// WithdrawFeedback implements store.Feedback.
func (s *Store) WithdrawFeedback(ctx context.Context, userID, messageID uuid.UUID) error {
	return s.update(ctx, func(ctx context.Context, tx *transaction) error {
		return tx.setFeedback(ctx, userID, messageID, book.Feedback{})
	})
}

func (tx *transaction) setFeedback(
	ctx context.Context, userID, messageID uuid.UUID, f book.Feedback,
) error {
	n, err := tx.SetFeedback(ctx, sqlitedb.SetFeedbackParams{
		ID: sqlitedb.UUID(messageID), UserID: sqlitedb.UUID(userID),
		Rating: int64(f.Rating), Comment: f.Comment, RatedAt: sqlitedb.Time(f.At),
	})
	return unlessNone(n, err, noAnswer)
}

// ListFeedback implements store.Feedback.
func (s *Store) ListFeedback(
	ctx context.Context, after uuid.UUID, limit int,
) ([]store.RatedAnswer, error) {
	rows, err := s.read.ListFeedback(ctx, sqlitedb.ListFeedbackParams{
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
	row, err := s.queries.NextConversation(ctx, sqlitedb.UUID(after))
	if errors.Is(err, sql.ErrNoRows) {
		err = noConversation()
	}
	if err != nil {
		return store.WholeConversation{}, s.translate(ctx, err)
	}
	whole, err := wholeConversation(ctx, s.queries, row)
	return whole, s.translate(ctx, err)
}

func wholeConversation(
	ctx context.Context, q *sqlitedb.Queries, row sqlitedb.Conversation,
) (whole store.WholeConversation, err error) {
	whole.Conversation = conversationOf(row)
	whole.Messages, err = listMessages(ctx, q, whole.ID, 0, math.MaxInt)
	return whole, err
}

// RestoreConversation implements store.Restores.
func (s *Store) RestoreConversation(ctx context.Context, c store.WholeConversation) error {
	return s.update(ctx, func(ctx context.Context, tx *transaction) error {
		row, err := tx.ConversationByID(ctx, sqlitedb.UUID(c.ID))
		if err == nil {
			there, err := wholeConversation(ctx, tx.Queries, row)
			if err != nil {
				return err
			}
			return refuseOther(there.SameAs(c), "conversation", c.Title)
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		c.CreatedAt, c.UpdatedAt = exact(c.CreatedAt), exact(c.UpdatedAt)
		err = tx.InsertConversation(ctx,
			sqlitedb.InsertConversationParams(conversationRow(c.Conversation)))
		if err != nil {
			return conversationRefused(err)
		}
		return tx.insertMessages(ctx, c.Messages)
	})
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

func conversationRow(c book.Conversation) sqlitedb.Conversation {
	return sqlitedb.Conversation{
		ID: sqlitedb.UUID(c.ID), UserID: sqlitedb.UUID(c.UserID), Title: c.Title,
		Length:    int64(c.Length),
		CreatedAt: sqlitedb.Time(c.CreatedAt), UpdatedAt: sqlitedb.Time(c.UpdatedAt),
	}
}

func conversationOf(row sqlitedb.Conversation) book.Conversation {
	return book.Conversation{
		ID: uuid.UUID(row.ID), UserID: uuid.UUID(row.UserID), Title: row.Title,
		Length:    int(row.Length),
		CreatedAt: time.Time(row.CreatedAt), UpdatedAt: time.Time(row.UpdatedAt),
	}
}

func messageRow(m book.Message) (sqlitedb.Message, error) {
	m = m.WithLists()
	citations, err1 := json.Marshal(m.Citations)
	degraded, err2 := json.Marshal(m.Degraded)
	usage, err3 := json.Marshal(m.Usage)
	if err := errors.Join(err1, err2, err3); err != nil {
		return sqlitedb.Message{}, book.Wrap(book.Invalid, err, "a message cannot be written as JSON")
	}
	return sqlitedb.Message{
		ID: sqlitedb.UUID(m.ID), ConversationID: sqlitedb.UUID(m.ConversationID),
		Number: int64(m.Number), Role: string(m.Role), Text: m.Text,
		CreatedAt: sqlitedb.Time(exact(m.CreatedAt)), Complete: m.Complete, Refused: m.Refused,
		Citations: string(citations), Model: m.Model, Degraded: string(degraded),
		Usage: string(usage), Rating: int64(m.Feedback.Rating), Comment: m.Feedback.Comment,
		RatedAt: sqlitedb.Time(exact(m.Feedback.At)),
	}, nil
}

func messagesOf(rows []sqlitedb.Message) ([]book.Message, error) {
	messages := make([]book.Message, len(rows))
	for i, row := range rows {
		var err error
		if messages[i], err = messageOf(row); err != nil {
			return nil, err
		}
	}
	return messages, nil
}

func messageOf(row sqlitedb.Message) (book.Message, error) {
	citations, err1 := decode[[]book.Citation](row.Citations)
	degraded, err2 := decode[[]string](row.Degraded)
	usage, err3 := decode[book.Usage](row.Usage)
	m := book.Message{
		ID: uuid.UUID(row.ID), ConversationID: uuid.UUID(row.ConversationID),
		Number: int(row.Number), Role: book.MessageRole(row.Role), Text: row.Text,
		CreatedAt: time.Time(row.CreatedAt), Complete: row.Complete, Refused: row.Refused,
		Citations: citations, Model: row.Model, Degraded: degraded, Usage: usage,
		Feedback: book.Feedback{
			Rating: int(row.Rating), Comment: row.Comment, At: time.Time(row.RatedAt),
		},
	}
	return m.WithLists(), errors.Join(err1, err2, err3)
}
