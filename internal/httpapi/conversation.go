package httpapi

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

// Conversation is a row of questions and answers.
type Conversation struct {
	ID        uuid.UUID `json:"id" format:"uuid" doc:"Never changes."`
	Title     string    `json:"title" example:"What is physical AI?" doc:"As it was given, or else the first question's beginning; empty until then."`
	Length    int       `json:"length" example:"4" doc:"Number of messages."`
	CreatedAt time.Time `json:"created_at" doc:"When it was made."`
	UpdatedAt time.Time `json:"updated_at" doc:"When something was last asked."`
}

// ConversationRequest makes a conversation.
type ConversationRequest struct {
	Title string `json:"title,omitempty" maxLength:"200" example:"Sensors" doc:"By default the first question's beginning."`
}

// ConversationList is one page of conversations.
type ConversationList struct {
	Items      []Conversation `json:"items" doc:"The newest first."`
	NextCursor *string        `json:"next_cursor" doc:"For the next page; null on the last."`
}

// Message is a question or an answer.
type Message struct {
	ID        uuid.UUID        `json:"id" format:"uuid" doc:"Never changes."`
	Role      book.MessageRole `json:"role" enum:"user,assistant" doc:"user asks, assistant answers."`
	Text      string           `json:"text" doc:"The question, or the answer with markers such as [1]."`
	CreatedAt time.Time        `json:"created_at" doc:"When it was asked."`
	Complete  bool             `json:"complete" doc:"False for an answer that is being written, or broke off: then it has no citations."`
	Refused   bool             `json:"refused" doc:"The book did not answer the question, or it was off limits."`
	Citations []book.Citation  `json:"citations" doc:"What each marker stands for, as it was shown then."`
	Model     string           `json:"model" doc:"What answered; empty when nothing was asked."`
	Degraded  []string         `json:"degraded" doc:"Parts that the answer had to do without."`
	Usage     book.Usage       `json:"usage" doc:"What it took of language models."`
	Feedback  *Feedback        `json:"feedback" doc:"What the account thinks of the answer; null for nothing."`
}

// ConversationMessages is a conversation with one page of its messages.
type ConversationMessages struct {
	Conversation
	Messages   []Message `json:"messages" doc:"The oldest first."`
	NextCursor *string   `json:"next_cursor" doc:"For the next page of messages; null on the last."`
}

// ConversationPath names a conversation; exported for the reason that PageQuery is.
type ConversationPath struct {
	ID string `path:"id" format:"uuid" doc:"The conversation's id."`
}

type (
	conversationInput  struct{ Body ConversationRequest }
	conversationsInput struct{ PageQuery }
	messagesInput      struct {
		ConversationPath
		PageQuery
	}
	conversationCreated struct {
		Status int
		Body   Conversation
	}
	conversationsOutput struct{ Body ConversationList }
	messagesOutput      struct{ Body ConversationMessages }
)

func (s *server) createConversation(
	ctx context.Context, in *conversationInput,
) (*conversationCreated, error) {
	c, err := s.Conversations.CreateConversation(ctx, book.Conversation{
		ID: uuid.Must(uuid.NewV7()), UserID: caller(ctx).UserID, Title: in.Body.Title,
	})
	return &conversationCreated{Status: http.StatusCreated, Body: conversationOf(c)}, callerGone(err)
}

func (s *server) listConversations(
	ctx context.Context, in *conversationsInput,
) (*conversationsOutput, error) {
	after, err := in.afterID()
	if err != nil {
		return nil, err
	}
	found, err := s.Conversations.ListConversations(ctx, caller(ctx).UserID, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	page, more := cutPage(found, in.Limit)
	list := ConversationList{Items: make([]Conversation, len(page))}
	for i, c := range page {
		list.Items[i] = conversationOf(c)
		list.NextCursor = nextCursor(more, c.ID.String())
	}
	return &conversationsOutput{Body: list}, nil
}

func (s *server) getConversation(
	ctx context.Context, in *messagesInput,
) (*messagesOutput, error) {
	id, err := parseID(in.ID)
	if err != nil {
		return nil, err
	}
	after, err := in.afterNumber()
	if err != nil {
		return nil, err
	}
	c, err := s.Conversations.Conversation(ctx, caller(ctx).UserID, id)
	if err != nil {
		return nil, err
	}
	found, err := s.Conversations.ListMessages(ctx, c.UserID, id, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	page, more := cutPage(found, in.Limit)
	body := ConversationMessages{Conversation: conversationOf(c), Messages: make([]Message, len(page))}
	for i, m := range page {
		body.Messages[i] = messageOf(m)
		body.NextCursor = nextCursor(more, strconv.Itoa(m.Number))
	}
	return &messagesOutput{Body: body}, nil
}

func (s *server) deleteConversation(ctx context.Context, in *ConversationPath) (*nothing, error) {
	id, err := parseID(in.ID)
	if err != nil {
		return nil, err
	}
	return nil, s.Conversations.DeleteConversation(ctx, caller(ctx).UserID, id)
}

// afterID is after for lists by id; uuid.Nil for the first page.
func (q PageQuery) afterID() (uuid.UUID, error) {
	key, err := q.after()
	if err != nil || key == "" {
		return uuid.Nil, err
	}
	id, err := uuid.Parse(key)
	if err != nil {
		return uuid.Nil, errCursor()
	}
	return id, nil
}

// afterNumber is after for lists by number; 0 for the first page.
func (q PageQuery) afterNumber() (int, error) {
	key, err := q.after()
	if err != nil || key == "" {
		return 0, err
	}
	n, err := strconv.Atoi(key)
	if err != nil || n < 0 {
		return 0, errCursor()
	}
	return n, nil
}

func parseID(id string) (uuid.UUID, error) {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return uuid.Nil, book.Errorf(book.Invalid, "%.64q is no id: ids are UUIDs", id)
	}
	return parsed, nil
}

func conversationOf(c book.Conversation) Conversation {
	return Conversation{
		ID: c.ID, Title: c.Title, Length: c.Length,
		CreatedAt: c.CreatedAt.UTC(), UpdatedAt: c.UpdatedAt.UTC(),
	}
}

func messageOf(m book.Message) Message {
	m = m.WithLists()
	return Message{
		ID: m.ID, Role: m.Role, Text: m.Text, CreatedAt: m.CreatedAt.UTC(), Complete: m.Complete,
		Refused: m.Refused, Citations: m.Citations, Model: m.Model, Degraded: m.Degraded,
		Usage: m.Usage, Feedback: feedbackOf(m.Feedback),
	}
}
