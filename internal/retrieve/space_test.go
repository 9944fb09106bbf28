package retrieve_test

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/embed"
	"github.com/lectern-project/lectern/internal/embed/embedtest"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/retrieve"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/sqlite"
	"github.com/lectern-project/lectern/internal/vector"
)

// counted counts what a search asks the relational store for.
type counted struct {
	*sqlite.Store
	spaces, resolved int
}

func (c *counted) ActiveSpace(ctx context.Context) (store.ActiveSpace, error) {
	c.spaces++
	return c.Store.ActiveSpace(ctx)
}

func (c *counted) Resolve(
	ctx context.Context, space store.ActiveSpace, ids []uuid.UUID, view book.View,
) (map[uuid.UUID]book.Passage, error) {
	c.resolved++
	return c.Store.Resolve(ctx, space, ids, view)
}

// TestTheSpaceIsRemembered: once the active space is known, a search asks each store one time.
func TestTheSpaceIsRemembered(t *testing.T) {
	f := newFixture(t)
	f.put("page", about("gripper"))
	rows := &counted{Store: f.store}
	f.Service = retrieve.New(rows, f.index, embed.NewSet(f.embedder))
	for n := 1; n <= 3; n++ {
		found := f.search(retrieve.Request{Question: "How does the gripper move?"})
		if len(found.Passages) == 0 || rows.spaces != 1 || rows.resolved != n || f.index.asked != n {
			t.Errorf("search %d: %d passages; asked for spaces %d times, passages %d, hits %d", n,
				len(found.Passages), rows.spaces, rows.resolved, f.index.asked)
		}
	}
}

// TestTheSpaceIsForgotten: a search that remembers a space which another process has switched away
// from finds what the new space has, whatever the old one still holds.
func TestTheSpaceIsForgotten(t *testing.T) {
	for name, leave := range map[string]func(f *fixture, old string) error{
		"Nothing": func(*fixture, string) error { return nil },
		"Hits": func(f *fixture, old string) error {
			return f.index.Upsert(context.Background(), old, []vector.Point{{
				ID: book.NewVectorID(), DocID: "page", ChunkID: uuid.New(), Scope: book.ScopePublic,
				Sparse: sparse("gripper move"),
			}})
		},
		"NoCollection": func(f *fixture, old string) error {
			return f.index.Drop(context.Background(), old)
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.put("old", about("gripper"))
			next := embedtest.NewFake(32)
			set := embed.NewSet(f.embedder, next)
			f.Service = retrieve.New(f.store, f.index, set)
			question := retrieve.Request{Question: "How does the gripper move?"}
			f.search(question)
			f.moveTo(next.Space())
			if err := leave(f, f.embedder.Space().ID()); err != nil {
				t.Fatal(err)
			}
			f.ingest = ingest.New(f.store, f.index, set)
			f.put("page", about("gripper"))
			found := f.search(question)
			if len(found.Passages) == 0 || found.Passages[0].DocID != "page" ||
				len(found.Degraded) > 0 {
				t.Errorf("found %v, degraded %v", docIDs(found.Passages), found.Degraded)
			}
		})
	}
}

// moveTo deletes the document "old" and makes another space the active one.
func (f *fixture) moveTo(space book.Space) {
	f.t.Helper()
	ctx := context.Background()
	for _, err := range []error{
		f.ingest.Delete(ctx, "old", alice),
		f.store.AddSpace(ctx, space), f.index.Ensure(ctx, space),
		f.store.SwitchSpace(ctx, space.ID()),
	} {
		if err != nil {
			f.t.Fatal(err)
		}
	}
}

// TestTheSpaceIsBack: the space that a search remembers was left, and becomes active again when the
// search has found in it what was there by then: nothing, or a part.
func TestTheSpaceIsBack(t *testing.T) {
	for name, filled := range map[string]int{"Empty": 0, "Partial": 1} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.put("old", about("gripper"))
			next := embedtest.NewFake(32)
			set := embed.NewSet(f.embedder, next)
			f.Service = retrieve.New(f.store, f.index, set)
			question := retrieve.Request{Question: "How does the gripper move?"}
			f.search(question)
			f.moveTo(next.Space())
			f.ingest = ingest.New(f.store, f.index, set)
			f.put("page", about("gripper"))
			f.put("other", "The gripper moves.")
			f.fill(f.embedder.Space(), filled)
			f.index.after = func() {
				f.index.after = nil
				f.fill(f.embedder.Space(), 100)
				if err := f.store.SwitchSpace(t.Context(), f.embedder.Space().ID()); err != nil {
					t.Fatal(err)
				}
			}
			found := f.search(question)
			both := map[string]bool{}
			for _, id := range docIDs(found.Passages) {
				both[id] = true
			}
			if !both["page"] || !both["other"] || len(found.Degraded) > 0 {
				t.Errorf("found %v, degraded %v", docIDs(found.Passages), found.Degraded)
			}
		})
	}
}

// fill gives at most limit chunks that have none a point in the space.
func (f *fixture) fill(space book.Space, limit int) {
	f.t.Helper()
	if limit == 0 {
		return
	}
	ctx := context.Background()
	bases, err := f.store.ListUnembedded(ctx, space.ID(), uuid.Nil, limit)
	if err == nil {
		_, err = f.ingest.Rewrite(ctx, space, bases, true)
	}
	if err != nil {
		f.t.Fatal(err)
	}
}
