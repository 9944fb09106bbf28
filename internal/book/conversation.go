package book

import (
	"time"

	"github.com/google/uuid"
)

// Conversation is a row of questions and answers of one account, which nobody else sees.
type Conversation struct {
	ID        uuid.UUID // a UUIDv7: later ones are greater
	UserID    uuid.UUID
	Title     string // empty until it is given, or something was asked
	Length    int    // number of messages
	CreatedAt time.Time
	UpdatedAt time.Time // when something was last asked
}

// MessageRole says who wrote a message.
type MessageRole string

// Who writes messages. They take turns, the user first.
const (
	FromUser      MessageRole = "user"
	FromAssistant MessageRole = "assistant"
)

// Message is a question of a conversation, or its answer.
type Message struct {
	ID             uuid.UUID // a UUIDv7
	ConversationID uuid.UUID
	Number         int // within the conversation, from 1
	Role           MessageRole
	Text           string
	CreatedAt      time.Time // of an answer: when its question was asked

	// The rest is of answers alone. Complete is false while the answer is being written, and for
	// good where it broke off.
	Complete  bool
	Refused   bool
	Citations []Citation
	Model     string
	Degraded  []string
	Usage     Usage
	Feedback  Feedback
}

// Feedback is what the account that got an answer thinks of it. The zero value: nothing yet.
type Feedback struct {
	Rating  int // +1 or -1
	Comment string
	At      time.Time
}

// WithLists returns m with lists that are nil made empty.
func (m Message) WithLists() Message {
	if m.Citations == nil {
		m.Citations = []Citation{}
	}
	if m.Degraded == nil {
		m.Degraded = []string{}
	}
	if m.Usage.Models == nil {
		m.Usage.Models = []ModelUsage{}
	}
	return m
}
