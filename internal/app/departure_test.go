package app

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/store"
)

// stopping lets go of so many documents, and then stops as a process does that dies.
type stopping struct {
	owned
	left int
}

var errStopped = errors.New("stopped")

func (s *stopping) Update(
	ctx context.Context, docID string, owner uuid.UUID, c store.DocumentChange,
) (book.Document, error) {
	if s.left--; s.left < 0 {
		return book.Document{}, errStopped
	}
	return s.owned.Update(ctx, docID, owner, c)
}

func (s *stopping) Delete(ctx context.Context, docID string, owner uuid.UUID) error {
	if s.left--; s.left < 0 {
		return errStopped
	}
	return s.owned.Delete(ctx, docID, owner)
}

// TestDepartures deletes an account whose documents are handed over, and one whose documents are
// deleted, in a process that stops half-way and another one that goes on. Both stores agree after it.
func TestDepartures(t *testing.T) {
	for name, heir := range map[string]string{"handed over": "heir", "deleted": ""} {
		t.Run(name, func(t *testing.T) {
			c := config.Config{DataDir: t.TempDir(), Access: "public"}
			a := openForDepartures(t, c)
			ada, other := editor(t, a, "ada"), editor(t, a, "heir")
			for docID, owner := range map[string]book.User{
				"one": ada, "two": ada, "three": ada, "kept": other,
			} {
				_, err := a.Ingest.Ingest(t.Context(), ingest.Request{
					OwnerID: owner.ID, DocID: docID, Text: "# " + docID + "\n\nThe fox " + docID + " runs.",
					Visibility: book.Private,
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			request := auth.DeletionRequest{DeleteDocuments: heir == "", Heir: heir}
			if err := a.Auth.DeleteUser(t.Context(), a.Local, "ada", request); err != nil {
				t.Fatal(err)
			}
			half := &stopping{owned: owned{a.Ingest, a.Store}, left: 1}
			if err := a.Auth.FinishDepartures(t.Context(), half); !errors.Is(err, errStopped) {
				t.Fatalf("half-way: %v", err)
			}
			if err := a.Close(); err != nil {
				t.Fatal(err)
			}

			a = openForDepartures(t, c)
			if err := a.FinishDepartures(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := a.Store.UserByLogin(t.Context(), "ada"); book.CodeOf(err) != book.NotFound {
				t.Errorf("the account: %v", err)
			}
			documents, err := a.Store.ListDocuments(t.Context(), store.DocumentQuery{
				View: book.View{All: true}, OwnerID: other.ID, Limit: 10,
			})
			if want := map[string]int{"heir": 4, "": 1}[heir]; err != nil || len(documents) != want {
				t.Errorf("the other account has %d documents, %v; want %d", len(documents), err, want)
			}
			if _, err := a.Reconcile.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
			found, err := a.Reconcile.Audit(t.Context(), 0)
			if err != nil {
				t.Fatal(err)
			}
			if !found.Clean() {
				t.Errorf("the stores contradict each other: %+v", found)
			}
		})
	}
}

func openForDepartures(t *testing.T, c config.Config) *App {
	t.Helper()
	a, err := Open(t.Context(), c, slog.New(slog.DiscardHandler), "command")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

func editor(t *testing.T, a *App, name string) book.User {
	t.Helper()
	u, err := a.Auth.CreateUser(t.Context(), a.Local, auth.Registration{
		Username: name, Email: name + "@example.org", Password: strings.Repeat(name, 3),
	}, book.Editor)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
