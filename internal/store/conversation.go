package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

// Conversations holds what accounts asked and what they were answered. To every account but its
// own, a conversation is NotFound. It goes with its account. Lists of a message that are empty come
// back empty, never nil.
type Conversations interface {
	// CreateConversation stores an empty conversation of this id, account and title. NotFound when
	// the account is absent, Conflict when the id is there. Times are set by the store.
	CreateConversation(ctx context.Context, c book.Conversation) (book.Conversation, error)

	// Conversation returns the account's conversation, or NotFound.
	Conversation(ctx context.Context, userID, id uuid.UUID) (book.Conversation, error)

	// ListConversations returns the account's conversations from the greatest id down, starting
	// after one; uuid.Nil for the first.
	ListConversations(
		ctx context.Context, userID, after uuid.UUID, limit int,
	) ([]book.Conversation, error)

	// DeleteConversation removes the conversation with its messages and their feedback. NotFound
	// when absent.
	DeleteConversation(ctx context.Context, userID, id uuid.UUID) error

	// DeleteConversations removes conversations in which nothing was asked for longer than age,
	// limit at most, the oldest first, and returns how many.
	DeleteConversations(ctx context.Context, age time.Duration, limit int) (int, error)

	// BeginTurn appends a question and its answer, which has no text yet and is not complete: so it
	// stays if it is never finished. Turns that begin at once follow one another. A conversation
	// without a title gets t.Title. NotFound when the conversation is absent, Conflict when one of
	// the ids is there.
	BeginTurn(ctx context.Context, userID uuid.UUID, t Turn) error

	// FinishTurn writes what the answer with m.ID has become: text, completeness, refusal,
	// citations, model, degraded parts and usage. NotFound when absent, or when m.ID is a
	// question.
	FinishTurn(ctx context.Context, userID uuid.UUID, m book.Message) error

	// ListMessages returns the conversation's messages by number, starting after one; 0 for the
	// first. NotFound when the conversation is absent.
	ListMessages(
		ctx context.Context, userID, id uuid.UUID, after, limit int,
	) ([]book.Message, error)

	// LastMessages returns the last limit messages by number. NotFound when the conversation is
	// absent.
	LastMessages(ctx context.Context, userID, id uuid.UUID, limit int) ([]book.Message, error)
}

// Turn is a question that is about to be answered.
type Turn struct {
	ConversationID uuid.UUID
	QuestionID     uuid.UUID
	AnswerID       uuid.UUID
	Question       string
	Title          string
}

// Feedback holds what accounts think of the answers that they got: one opinion for each answer.
type Feedback interface {
	// GiveFeedback stores the account's opinion of an answer in place of an earlier one, and returns
	// it with its time, which the store sets. NotFound when there is no such answer in the
	// account's conversations; Invalid for a rating other than 1 and -1.
	GiveFeedback(
		ctx context.Context, userID, messageID uuid.UUID, f book.Feedback,
	) (book.Feedback, error)

	// WithdrawFeedback removes the opinion; none is no error. NotFound as for GiveFeedback.
	WithdrawFeedback(ctx context.Context, userID, messageID uuid.UUID) error

	// ListFeedback returns the answers of all accounts that have feedback, from the greatest id of
	// an answer down, starting after one; uuid.Nil for the first.
	ListFeedback(ctx context.Context, after uuid.UUID, limit int) ([]RatedAnswer, error)
}

// RatedAnswer is an answer that has feedback.
type RatedAnswer struct {
	book.Message
	Question string
	Username string // of the account
}

// WholeConversation is a conversation with its messages by number.
type WholeConversation struct {
	book.Conversation
	Messages []book.Message
}

// SameAs reports whether all fields are equal, times as moments.
func (c WholeConversation) SameAs(other WholeConversation) bool {
	return string(c.inWords()) == string(other.inWords())
}

// inWords is the conversation in one form.
func (c WholeConversation) inWords() []byte {
	c.CreatedAt, c.UpdatedAt = c.CreatedAt.UTC(), c.UpdatedAt.UTC()
	c.Messages = append([]book.Message{}, c.Messages...)
	for i, m := range c.Messages {
		m = m.WithLists()
		m.CreatedAt, m.Feedback.At = m.CreatedAt.UTC(), m.Feedback.At.UTC()
		c.Messages[i] = m
	}
	words, _ := json.Marshal(c) // numbers that are none are in no usage
	return words
}
