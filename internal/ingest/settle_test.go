package ingest

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/embed"
	"github.com/lectern-project/lectern/internal/embed/embedtest"
	"github.com/lectern-project/lectern/internal/store"
	storememory "github.com/lectern-project/lectern/internal/store/memory"
	"github.com/lectern-project/lectern/internal/vector"
	vectormemory "github.com/lectern-project/lectern/internal/vector/memory"
)

// hangingIndex never answers a Delete or a Fetch.
type hangingIndex struct{ vector.Index }

func (hangingIndex) Delete(ctx context.Context, _ string, _ []uuid.UUID) error {
	<-ctx.Done()
	return ctx.Err()
}

func (hangingIndex) Fetch(ctx context.Context, _ string, _ []uuid.UUID) ([]vector.Point, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// TestHangingStoreAfterCommit: what is left to do after a commit does not keep the caller waiting
// for ever, and does not make the write fail.
func TestHangingStoreAfterCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		s, embedder := storememory.New(), embedtest.NewFake(8)
		index := hangingIndex{vectormemory.New()}
		if _, err := s.EnsureSpace(ctx, embedder.Space()); err != nil {
			t.Fatal(err)
		}
		if err := index.Ensure(ctx, embedder.Space()); err != nil {
			t.Fatal(err)
		}
		user := book.User{ID: alice, Username: "alice", Email: "a@example.org", Role: book.Editor}
		if _, err := s.CreateUser(ctx, user); err != nil {
			t.Fatal(err)
		}
		svc := New(s, index, embed.NewSet(embedder))
		put := func(text string) error {
			_, err := svc.Ingest(ctx, Request{OwnerID: alice, DocID: "d", Text: text})
			return err
		}
		private := book.Private
		for _, step := range []struct {
			name  string
			write func() error
			hangs bool
		}{
			{"ingest", func() error { return put("# A\n\nApples.") }, false},
			{"re-ingest", func() error { return put("# B\n\nBirds.") }, true},
			{"scope change", func() error {
				_, err := svc.Update(ctx, "d", alice, store.DocumentChange{Visibility: &private})
				return err
			}, true},
			{"delete", func() error { return svc.Delete(ctx, "d", alice) }, true},
		} {
			start := time.Now()
			if err := step.write(); err != nil {
				t.Errorf("%s: %v", step.name, err)
			}
			if waited := time.Since(start); (waited > 0) != step.hangs || waited > 10*time.Second {
				t.Errorf("%s took %s", step.name, waited)
			}
		}
	})
}
