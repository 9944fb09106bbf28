package conversation

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/answer"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store/memory"
)

// scripted answers as it is told to.
type scripted struct {
	pieces   []string
	passages bool  // whether there are any
	err      error // at the end
	asked    answer.Request
	before   func()
}

func (s *scripted) Ask(
	_ context.Context, r answer.Request, e answer.Events,
) (answer.Answer, error) {
	s.asked = r
	a := answer.Answer{Degraded: []string{"models"}}
	if s.passages && e.Passages != nil {
		if err := e.Passages(nil); err != nil {
			return a, err
		}
	}
	if s.before != nil {
		s.before()
	}
	for _, piece := range s.pieces {
		if e.Token != nil {
			if err := e.Token(piece); err != nil {
				return a, err
			}
		}
	}
	if s.err != nil {
		return a, s.err
	}
	a.Answer, a.Model = strings.Join(s.pieces, ""), "m"
	a.Citations = []book.Citation{{Marker: 1, DocID: "d"}}
	a.Usage = book.Usage{InputTokens: 1}
	return a, nil
}

// fixture is a conversation of one account.
type fixture struct {
	*testing.T
	*scripted
	store   *memory.Store
	service *Service
	user    uuid.UUID
	id      uuid.UUID
}

func newFixture(t *testing.T) *fixture {
	f := &fixture{T: t, scripted: &scripted{passages: true}, store: memory.New(), user: uuid.New()}
	f.service = New(f.store, f.scripted, slog.New(slog.DiscardHandler))
	_, err := f.store.CreateUser(t.Context(), book.User{ID: f.user, Username: "u", Role: book.Reader})
	f.ok(err)
	c, err := f.store.CreateConversation(t.Context(), book.Conversation{ID: newID(), UserID: f.user})
	f.ok(err)
	f.id = c.ID
	return f
}

func (f *fixture) ok(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func (f *fixture) ask(ctx context.Context, question string) (answer.Answer, string, error) {
	var shown strings.Builder
	a, err := f.service.Ask(ctx, f.id, answer.Request{
		Question: question, View: book.View{UserID: f.user},
	}, answer.Events{Token: func(text string) error { shown.WriteString(text); return ctx.Err() }})
	return a, shown.String(), err
}

// kept returns the messages, without what the store has set.
func (f *fixture) kept() []book.Message {
	f.Helper()
	messages, err := f.store.ListMessages(f.Context(), f.user, f.id, 0, 100)
	f.ok(err)
	return messages
}

func TestTurnsAreKeptAndRead(t *testing.T) {
	f := newFixture(t)
	f.pieces = []string{"A compass", " points north. [1]"}
	first, _, err := f.ask(t.Context(), "What does a compass do?")
	f.ok(err)
	if len(f.asked.Conversation) != 0 {
		t.Errorf("read %v", f.asked.Conversation)
	}
	f.pieces = []string{"Since 1044.\x00"}
	_, _, err = f.ask(t.Context(), "Since when?")
	f.ok(err)
	want := []answer.Turn{{Question: "What does a compass do?", Answer: "A compass points north. [1]"}}
	if diff := cmp.Diff(want, f.asked.Conversation); diff != "" {
		t.Error(diff)
	}
	kept := f.kept()
	var texts []string
	for _, m := range kept {
		texts = append(texts, m.Text)
	}
	if diff := cmp.Diff([]string{
		"What does a compass do?", "A compass points north. [1]", "Since when?", "Since 1044.",
	}, texts); diff != "" {
		t.Error(diff)
	}
	got := kept[1]
	if first.MessageID != got.ID || first.ConversationID != f.id || !got.Complete || got.Model != "m" ||
		got.Usage.InputTokens != 1 || len(got.Citations) != 1 || !cmp.Equal(got.Degraded, []string{"models"}) {
		t.Errorf("%+v of %+v", got, first)
	}
}

// TestBrokenAnswersAreKeptAsSuch: what the reader saw is kept, and said to be incomplete.
func TestBrokenAnswersAreKeptAsSuch(t *testing.T) {
	broken := book.Errorf(book.Unavailable, "the model broke off")
	f := newFixture(t)
	f.pieces, f.err = []string{"A comp"}, broken
	if _, _, err := f.ask(t.Context(), "Q?"); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	ctx, leave := context.WithCancel(t.Context())
	f.pieces, f.err, f.before = []string{"seen, ", "not seen"}, nil, leave
	if _, _, err := f.ask(ctx, "And?"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	kept := f.kept()
	for i, want := range map[int]string{1: "A comp", 3: "seen, "} {
		m := kept[i]
		if m.Text != want || m.Complete || len(m.Citations) != 0 || m.Model != "" {
			t.Errorf("%+v, want %q", m, want)
		}
	}
	if len(kept) != 4 || kept[2].Text != "And?" {
		t.Errorf("%+v", kept)
	}
}

// TestWithoutEvents: who wants the whole answer does not make it a stream.
func TestWithoutEvents(t *testing.T) {
	f := newFixture(t)
	f.pieces = []string{"whole"}
	a, err := f.service.Ask(t.Context(), f.id, answer.Request{
		Question: "Q?", View: book.View{UserID: f.user},
	}, answer.Events{})
	f.ok(err)
	if a.Answer != "whole" || f.kept()[1].Text != "whole" {
		t.Errorf("%+v", a)
	}
}

// TestRefusedUnsearched: a question that is off limits has no passages, and is kept.
func TestRefusedUnsearched(t *testing.T) {
	f := newFixture(t)
	f.passages, f.pieces = false, []string{"No."}
	_, _, err := f.ask(t.Context(), "Q?")
	f.ok(err)
	if kept := f.kept(); len(kept) != 2 || kept[1].Text != "No." || !kept[1].Complete {
		t.Errorf("%+v", kept)
	}
}

// TestFailuresBeforeAnythingIsShown leave no trace: the same question may be asked again.
func TestFailuresBeforeAnythingIsShown(t *testing.T) {
	f := newFixture(t)
	f.passages, f.err = false, book.Errorf(book.TooLarge, "too long")
	if _, _, err := f.ask(t.Context(), "Q?"); book.CodeOf(err) != book.TooLarge {
		t.Errorf("%v", err)
	}
	if kept := f.kept(); len(kept) != 0 {
		t.Errorf("%+v", kept)
	}
}

func TestAnotherAccountsConversation(t *testing.T) {
	f := newFixture(t)
	f.user = uuid.New()
	if _, _, err := f.ask(t.Context(), "Q?"); book.CodeOf(err) != book.NotFound {
		t.Errorf("%v", err)
	}
	if f.asked.Question != "" {
		t.Error("the question was asked")
	}
}

// TestDeletedMeanwhile: the reader gets the answer all the same.
func TestDeletedMeanwhile(t *testing.T) {
	f := newFixture(t)
	f.pieces = []string{"text"}
	f.before = func() { f.ok(f.store.DeleteConversation(t.Context(), f.user, f.id)) }
	a, shown, err := f.ask(t.Context(), "Q?")
	f.ok(err)
	if shown != "text" || !cmp.Equal(a.Degraded, []string{"models"}) {
		t.Errorf("%q, %+v", shown, a)
	}
}

// full is a store that takes no answers.
type full struct{ *memory.Store }

func (full) FinishTurn(context.Context, uuid.UUID, book.Message) error {
	return book.Errorf(book.Unavailable, "full")
}

func TestAnswersThatCannotBeKeptSaySo(t *testing.T) {
	f := newFixture(t)
	f.service.store = full{f.store}
	a, _, err := f.ask(t.Context(), "Q?")
	f.ok(err)
	if !cmp.Equal(a.Degraded, []string{"models", DegradedNotStored}) {
		t.Errorf("%v", a.Degraded)
	}
}

func TestTitles(t *testing.T) {
	long := strings.Repeat("ä", titleRunes)
	for question, want := range map[string]string{
		"What\n is it?": "What is it?", long: long, long + "x": long + "…",
	} {
		if got := titleOf(question); got != want {
			t.Errorf("%q: %q", question, got)
		}
	}
}
