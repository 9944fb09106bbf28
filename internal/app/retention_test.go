package app

import (
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/store/memory"
)

// TestDeleteConversations: a run deletes all that are too old, batch by batch, and 0 keeps them.
func TestDeleteConversations(t *testing.T) {
	now := time.Now()
	s := memory.New(memory.WithClock(func() time.Time { return now }))
	user := uuid.New()
	_, err := s.CreateUser(t.Context(), book.User{ID: user, Username: "u", Role: book.Reader})
	if err != nil {
		t.Fatal(err)
	}
	converse := func(n int) {
		for range n {
			_, err := s.CreateConversation(t.Context(), book.Conversation{
				ID: uuid.Must(uuid.NewV7()), UserID: user,
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	converse(2*conversationsBatch + 1)
	now = now.Add(25 * time.Hour)
	converse(3)
	a := &App{Store: s, Log: slog.New(slog.DiscardHandler)}
	for _, run := range []struct{ days, left int }{
		{0, 2*conversationsBatch + 4}, {2, 2*conversationsBatch + 4}, {1, 3},
	} {
		a.Config = config.Config{ConversationDays: run.days}
		if err := a.deleteConversations(t.Context()); err != nil {
			t.Fatal(err)
		}
		left, err := s.ListConversations(t.Context(), user, uuid.Nil, 1000)
		if err != nil || len(left) != run.left {
			t.Errorf("after %d days: %d left, %v; want %d", run.days, len(left), err, run.left)
		}
	}
}
