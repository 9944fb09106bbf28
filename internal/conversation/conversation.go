// Package conversation answers questions within a conversation that is kept: the question leans on
// the turns before it, and it and its answer become the next turn.
package conversation

import (
	"context"
	"log/slog"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/answer"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

const (
	// turnsRead is how many turns are read again; answer uses as many of them as fit.
	turnsRead = 10
	// finishTime is what is left to store an answer in, also when its reader has gone.
	finishTime = 10 * time.Second
	// titleRunes is the length of the title that a first question makes.
	titleRunes = 80
)

// DegradedNotStored says that the answer could not be stored in its conversation.
const DegradedNotStored = "not_stored"

// Store keeps turns; see store.Conversations.
type Store interface {
	LastMessages(ctx context.Context, userID, id uuid.UUID, limit int) ([]book.Message, error)
	BeginTurn(ctx context.Context, userID uuid.UUID, t store.Turn) error
	FinishTurn(ctx context.Context, userID uuid.UUID, m book.Message) error
}

// Answerer answers questions; see answer.Service.
type Answerer interface {
	Ask(ctx context.Context, r answer.Request, e answer.Events) (answer.Answer, error)
}

// Service answers questions of conversations. It is safe for concurrent use.
type Service struct {
	store   Store
	answers Answerer
	log     *slog.Logger
}

// New returns a Service that has questions answered by answers.
func New(s Store, answers Answerer, log *slog.Logger) *Service {
	return &Service{store: s, answers: answers, log: log}
}

// Ask answers r as the next question of the conversation of r.View's account, whose earlier turns
// take the place of r.Conversation. What fails before there is anything to show leaves no trace. From
// then on the question is kept; its answer is kept whole, or as far as it went to the reader, and is
// incomplete then. Errors: NotFound for a conversation that is not the account's;
// those of the answerer.
func (s *Service) Ask(
	ctx context.Context, id uuid.UUID, r answer.Request, e answer.Events,
) (answer.Answer, error) {
	earlier, err := s.store.LastMessages(ctx, r.View.UserID, id, 2*turnsRead)
	if err != nil {
		return answer.Answer{}, err
	}
	r.Conversation = turnsOf(earlier)
	t := &turn{service: s, userID: r.View.UserID, row: store.Turn{
		ConversationID: id, QuestionID: newID(), AnswerID: newID(),
		Question: r.Question, Title: titleOf(r.Question),
	}}
	a, err := s.answers.Ask(ctx, r, t.events(ctx, e))
	if err == nil {
		err = t.begin(ctx)
	}
	if !t.begun {
		return a, err
	}
	t.finish(ctx, &a, err == nil)
	a.ConversationID, a.MessageID = id, t.row.AnswerID
	return a, err
}

// turn is one call of Ask.
type turn struct {
	service *Service
	userID  uuid.UUID
	row     store.Turn
	begun   bool
	shown   strings.Builder // what of the answer went to the reader
}

// events are e, and begin the turn with the passages.
func (t *turn) events(ctx context.Context, e answer.Events) answer.Events {
	watched := e
	watched.Passages = func(passages []book.Passage) error {
		if err := t.begin(ctx); err != nil || e.Passages == nil {
			return err
		}
		return e.Passages(passages)
	}
	if e.Token != nil { // without one, another model may go on with an answer
		watched.Token = func(text string) error {
			if err := t.begin(ctx); err != nil {
				return err
			}
			t.shown.WriteString(text)
			return e.Token(text)
		}
	}
	return watched
}

// begin stores the question, once.
func (t *turn) begin(ctx context.Context) error {
	if t.begun {
		return nil
	}
	err := t.service.store.BeginTurn(ctx, t.userID, t.row)
	t.begun = err == nil
	return err
}

// finish stores what has become of the answer. It says in the answer when it could not.
func (t *turn) finish(ctx context.Context, a *answer.Answer, complete bool) {
	m := book.Message{
		ID: t.row.AnswerID, Text: t.shown.String(), Complete: complete, Refused: a.Refused,
		Model: a.Model, Degraded: a.Degraded, Usage: a.Usage,
	}
	if complete {
		m.Text, m.Citations = a.Answer, a.Citations
	}
	m.Text = strings.ReplaceAll(m.Text, "\x00", "") // which PostgreSQL does not keep
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTime)
	defer cancel()
	err := t.service.store.FinishTurn(ctx, t.userID, m)
	switch {
	case err == nil:
	case book.CodeOf(err) == book.NotFound: // deleted by its owner meanwhile
		t.service.log.DebugContext(ctx, "an answer's conversation was deleted", "message", m.ID)
	default:
		t.service.log.ErrorContext(ctx, "an answer was not stored", "message", m.ID, "error", err)
		a.Degraded = append(a.Degraded, DegradedNotStored)
	}
}

// turnsOf pairs questions with their answers.
func turnsOf(messages []book.Message) []answer.Turn {
	var turns []answer.Turn
	for _, m := range messages {
		switch {
		case m.Role == book.FromUser:
			turns = append(turns, answer.Turn{Question: m.Text})
		case len(turns) > 0:
			turns[len(turns)-1].Answer = cut(m.Text)
		}
	}
	return turns
}

// cut returns the beginning of an answer, as much as a conversation may have.
func cut(text string) string {
	if len(text) <= answer.MaxAnswerBytes {
		return text
	}
	return strings.ToValidUTF8(text[:answer.MaxAnswerBytes], "")
}

// titleOf is the beginning of a question, on one line.
func titleOf(question string) string {
	words := strings.Join(strings.Fields(question), " ")
	if utf8.RuneCountInString(words) <= titleRunes {
		return words
	}
	return string([]rune(words)[:titleRunes]) + "…"
}

func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }
