package memory

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

// CreateConversation implements store.Conversations.
func (s *Store) CreateConversation(
	ctx context.Context, c book.Conversation,
) (book.Conversation, error) {
	err := s.update(ctx, func(tx *transaction) error {
		if _, err := tx.user(c.UserID); err != nil {
			return err
		}
		if _, there := tx.conversations[c.ID]; there {
			return conversationThere()
		}
		c.Length, c.CreatedAt, c.UpdatedAt = 0, tx.now, tx.now
		tx.conversations[c.ID] = c
		return nil
	})
	if err != nil {
		return book.Conversation{}, err
	}
	return c, nil
}

func conversationThere() error {
	return book.Errorf(book.Conflict, "the conversation, or a message of it, is there already")
}

func noConversation() error { return book.Errorf(book.NotFound, "there is no such conversation") }

func noAnswer() error { return book.Errorf(book.NotFound, "there is no such answer") }

// conversation returns the account's conversation, or NotFound.
func (st *state) conversation(userID, id uuid.UUID) (book.Conversation, error) {
	c, there := st.conversations[id]
	if !there || c.UserID != userID {
		return book.Conversation{}, noConversation()
	}
	return c, nil
}

// Conversation implements store.Conversations.
func (s *Store) Conversation(
	ctx context.Context, userID, id uuid.UUID,
) (book.Conversation, error) {
	st, err := s.view(ctx)
	if err != nil {
		return book.Conversation{}, err
	}
	return st.conversation(userID, id)
}

// ListConversations implements store.Conversations.
func (s *Store) ListConversations(
	ctx context.Context, userID, after uuid.UUID, limit int,
) ([]book.Conversation, error) {
	st, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	var list []book.Conversation
	for _, c := range st.conversations {
		if c.UserID == userID && before(c.ID, after) {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b book.Conversation) int { return compareIDs(b.ID, a.ID) })
	return page(list, limit), nil
}

// before reports whether id comes after the one that a list from the greatest id down starts after.
func before(id, after uuid.UUID) bool { return after == uuid.Nil || compareIDs(id, after) < 0 }

// DeleteConversation implements store.Conversations.
func (s *Store) DeleteConversation(ctx context.Context, userID, id uuid.UUID) error {
	return s.update(ctx, func(tx *transaction) error {
		if _, err := tx.conversation(userID, id); err != nil {
			return err
		}
		tx.dropConversation(id)
		return nil
	})
}

func (tx *transaction) dropConversation(id uuid.UUID) {
	delete(tx.conversations, id)
	delete(tx.messages, id)
}

// DeleteConversations implements store.Conversations.
func (s *Store) DeleteConversations(
	ctx context.Context, age time.Duration, limit int,
) (n int, err error) {
	err = s.update(ctx, func(tx *transaction) error {
		var old []book.Conversation
		for _, c := range tx.conversations {
			if tx.now.Sub(c.UpdatedAt) > age {
				old = append(old, c)
			}
		}
		slices.SortFunc(old, func(a, b book.Conversation) int { return a.UpdatedAt.Compare(b.UpdatedAt) })
		for _, c := range page(old, limit) {
			tx.dropConversation(c.ID)
			n++
		}
		return nil
	})
	return n, err
}

// BeginTurn implements store.Conversations.
func (s *Store) BeginTurn(ctx context.Context, userID uuid.UUID, t store.Turn) error {
	return s.update(ctx, func(tx *transaction) error {
		c, err := tx.conversation(userID, t.ConversationID)
		if err != nil {
			return err
		}
		question := book.Message{
			ID: t.QuestionID, Role: book.FromUser, Text: t.Question, Complete: true, CreatedAt: tx.now,
		}
		answer := book.Message{ID: t.AnswerID, Role: book.FromAssistant, CreatedAt: tx.now}
		for _, m := range []book.Message{question, answer} {
			m.ConversationID = c.ID
			c.Length++
			m.Number = c.Length
			if err := tx.addMessage(m); err != nil {
				return err
			}
		}
		if c.Title == "" {
			c.Title = t.Title
		}
		c.UpdatedAt = tx.now
		tx.conversations[c.ID] = c
		return nil
	})
}

// addMessage appends m to its conversation; Conflict when its id is there.
func (tx *transaction) addMessage(m book.Message) error {
	for _, messages := range tx.messages {
		for _, other := range messages {
			if other.ID == m.ID {
				return conversationThere()
			}
		}
	}
	tx.messages[m.ConversationID] = append(slices.Clone(tx.messages[m.ConversationID]), m.WithLists())
	return nil
}

// changeAnswer replaces an answer of the account's conversations.
func (tx *transaction) changeAnswer(
	userID, id uuid.UUID, change func(m book.Message) book.Message,
) error {
	for conversationID, messages := range tx.messages {
		i := slices.IndexFunc(messages, func(m book.Message) bool {
			return m.ID == id && m.Role == book.FromAssistant
		})
		if i < 0 || tx.conversations[conversationID].UserID != userID {
			continue
		}
		messages = slices.Clone(messages)
		messages[i] = change(messages[i]).WithLists()
		tx.messages[conversationID] = messages
		return nil
	}
	return noAnswer()
}

// FinishTurn implements store.Conversations.
func (s *Store) FinishTurn(ctx context.Context, userID uuid.UUID, m book.Message) error {
	return s.update(ctx, func(tx *transaction) error {
		return tx.changeAnswer(userID, m.ID, func(old book.Message) book.Message {
			m.ConversationID, m.Number, m.Role = old.ConversationID, old.Number, old.Role
			m.CreatedAt, m.Feedback = old.CreatedAt, old.Feedback
			return m
		})
	})
}

// ListMessages implements store.Conversations.
func (s *Store) ListMessages(
	ctx context.Context, userID, id uuid.UUID, after, limit int,
) ([]book.Message, error) {
	st, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	c, err := st.conversation(userID, id)
	if err != nil {
		return nil, err
	}
	return page(st.messages[id][min(after, c.Length):], limit), nil
}

// LastMessages implements store.Conversations.
func (s *Store) LastMessages(
	ctx context.Context, userID, id uuid.UUID, limit int,
) ([]book.Message, error) {
	c, err := s.Conversation(ctx, userID, id)
	if err != nil {
		return nil, err
	}
	return s.ListMessages(ctx, userID, id, max(0, c.Length-limit), limit)
}

// GiveFeedback implements store.Feedback.
func (s *Store) GiveFeedback(
	ctx context.Context, userID, messageID uuid.UUID, f book.Feedback,
) (book.Feedback, error) {
	err := s.update(ctx, func(tx *transaction) error {
		if f.Rating != 1 && f.Rating != -1 {
			return book.Errorf(book.Invalid, "a rating is 1 or -1")
		}
		f.At = tx.now
		return tx.setFeedback(userID, messageID, f)
	})
	if err != nil {
		return book.Feedback{}, err
	}
	return f, nil
}

// WithdrawFeedback implements store.Feedback.
func (s *Store) WithdrawFeedback(ctx context.Context, userID, messageID uuid.UUID) error {
	return s.update(ctx, func(tx *transaction) error {
		return tx.setFeedback(userID, messageID, book.Feedback{})
	})
}

func (tx *transaction) setFeedback(userID, messageID uuid.UUID, f book.Feedback) error {
	return tx.changeAnswer(userID, messageID, func(m book.Message) book.Message {
		m.Feedback = f
		return m
	})
}

// ListFeedback implements store.Feedback.
func (s *Store) ListFeedback(
	ctx context.Context, after uuid.UUID, limit int,
) ([]store.RatedAnswer, error) {
	st, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	var list []store.RatedAnswer
	for id, messages := range st.messages {
		for i, m := range messages {
			if m.Feedback.Rating != 0 && before(m.ID, after) {
				list = append(list, store.RatedAnswer{
					Message: m, Question: messages[i-1].Text,
					Username: st.users[st.conversations[id].UserID].Username,
				})
			}
		}
	}
	slices.SortFunc(list, func(a, b store.RatedAnswer) int { return compareIDs(b.ID, a.ID) })
	return page(list, limit), nil
}

// NextConversation implements store.Snapshot.
func (s snapshot) NextConversation(
	ctx context.Context, after uuid.UUID,
) (store.WholeConversation, error) {
	st, err := s.view(ctx)
	if err != nil {
		return store.WholeConversation{}, err
	}
	var next book.Conversation
	for id, c := range st.conversations {
		if compareIDs(id, after) > 0 && (next.ID == uuid.Nil || compareIDs(id, next.ID) < 0) {
			next = c
		}
	}
	if next.ID == uuid.Nil {
		return store.WholeConversation{}, noConversation()
	}
	return store.WholeConversation{Conversation: next, Messages: st.messages[next.ID]}, nil
}

// RestoreConversation implements store.Restores.
func (s *Store) RestoreConversation(ctx context.Context, c store.WholeConversation) error {
	return s.update(ctx, func(tx *transaction) error {
		if there, ok := tx.conversations[c.ID]; ok {
			whole := store.WholeConversation{Conversation: there, Messages: tx.messages[c.ID]}
			return refuseOther(whole.SameAs(c), "conversation", c.Title)
		}
		if _, err := tx.user(c.UserID); err != nil {
			return err
		}
		for _, m := range c.Messages {
			if err := tx.addMessage(m); err != nil {
				return err
			}
		}
		tx.conversations[c.ID] = c.Conversation
		return nil
	})
}
