package embed_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/embed"
	"github.com/lectern-project/lectern/internal/embed/embedtest"
)

func TestCachedKeepsTheContract(t *testing.T) {
	embedtest.Run(t, func(testing.TB) embed.Embedder {
		return embed.NewCache(3).Wrap(embedtest.NewFake(16))
	})
}

// TestCache: a question that was answered needs no model, in its own space, until others are more
// recent.
func TestCache(t *testing.T) {
	small, large := embedtest.NewFake(4), embedtest.NewFake(8)
	cache := embed.NewCache(2)
	e, other := cache.Wrap(small), cache.Wrap(large)
	ask := func(e embed.Embedder, question string) []float32 {
		t.Helper()
		vector, err := e.EmbedQuery(t.Context(), question)
		if err != nil {
			t.Fatal(err)
		}
		return vector
	}
	down := errors.New("down")
	small.Fail(down)
	if _, err := e.EmbedQuery(t.Context(), "one"); !errors.Is(err, down) {
		t.Errorf("%v, want down", err)
	}
	small.Fail(nil)
	want := ask(e, "one")
	if len(ask(other, "one")) != 8 {
		t.Error("a vector of another space")
	}
	small.Fail(down)
	if diff := cmp.Diff(want, ask(e, "one")); diff != "" {
		t.Error(diff)
	}
	clear(ask(e, "one"))
	if diff := cmp.Diff(want, ask(e, "one")); diff != "" {
		t.Errorf("a change of a vector comes back: %s", diff)
	}
	ask(other, "two")
	ask(other, "three")
	if _, err := e.EmbedQuery(t.Context(), "one"); !errors.Is(err, down) {
		t.Errorf("%v, want down: the cache has no bound", err)
	}
}
