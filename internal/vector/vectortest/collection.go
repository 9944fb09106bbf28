package vectortest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/vector"
)

func (s *suite) ensure(t *testing.T) {
	s.add(t, 3)
	for range 2 { // any number of times, and the points stay
		if err := s.index.Ensure(t.Context(), s.space); err != nil {
			t.Fatal(err)
		}
	}
	s.checkHolds(t)
	s.again(t)
	if err := s.index.Ensure(t.Context(), s.space); err != nil {
		t.Fatal(err)
	}
	s.checkHolds(t)
	none := newSpace()
	none.Dimensions = 0
	if err := s.index.Ensure(t.Context(), none); book.CodeOf(err) != book.Invalid {
		t.Errorf("a space without dimensions: %v, want invalid", err)
	}
}

func (s *suite) drop(t *testing.T) {
	s.add(t, 3)
	for range 2 { // an absent one is no error
		if err := s.index.Drop(t.Context(), s.id()); err != nil {
			t.Fatal(err)
		}
		if _, err := s.index.Count(t.Context(), s.id()); book.CodeOf(err) != book.NotFound {
			t.Errorf("Count of a dropped collection: %v, want not_found", err)
		}
	}
	s.again(t)
	if _, err := s.index.Count(t.Context(), s.id()); book.CodeOf(err) != book.NotFound {
		t.Errorf("the dropped collection came back: %v", err)
	}
	if err := s.index.Ensure(t.Context(), s.space); err != nil {
		t.Fatal(err)
	}
	s.points = nil
	s.checkHolds(t)
	s.add(t, 2)
	s.checkHolds(t)
}

// collections: each is listed from Ensure to Drop, in an index that may hold those of other tests.
func (s *suite) collections(t *testing.T) {
	others := []book.Space{newSpace(), newSpace(), newSpace()}
	listed := func(want ...string) {
		t.Helper()
		all, err := s.index.Collections(t.Context())
		if err != nil || !slices.IsSorted(all) {
			t.Errorf("Collections: %v, %v; want them ascending", all, err)
		}
		for _, space := range append(others, s.space) {
			if got := slices.Contains(all, space.ID()); got != slices.Contains(want, space.ID()) {
				t.Errorf("%s is among the collections: %v", space.ID(), got)
			}
		}
	}
	listed(s.id())
	for _, space := range others[1:] {
		if err := s.index.Ensure(t.Context(), space); err != nil {
			t.Fatal(err)
		}
	}
	listed(s.id(), others[1].ID(), others[2].ID())
	s.again(t)
	listed(s.id(), others[1].ID(), others[2].ID())
	for _, space := range others[1:] {
		if err := s.index.Drop(t.Context(), space.ID()); err != nil {
			t.Fatal(err)
		}
	}
	listed(s.id())
}

// spaces: collections do not see each other's points, nor their counts.
func (s *suite) spaces(t *testing.T) {
	other := &suite{open: s.open, index: s.index, random: s.random, space: newSpace()}
	if err := s.index.Ensure(t.Context(), other.space); err != nil {
		t.Fatal(err)
	}
	shared := s.add(t, 20)
	other.put(t, shared[:5]...)
	other.add(t, 10)
	for _, each := range []*suite{s, other} {
		each.checkHolds(t)
		each.checkSearch(t, each.randomQuery(100))
	}
	if err := s.index.Drop(t.Context(), other.id()); err != nil {
		t.Fatal(err)
	}
	s.checkHolds(t)
}

// calls lists every method that names a collection.
func calls(x vector.Index, p vector.Point) map[string]func(ctx context.Context, id string) error {
	return map[string]func(context.Context, string) error{
		"Upsert": func(ctx context.Context, id string) error {
			return x.Upsert(ctx, id, []vector.Point{p})
		},
		"Delete": func(ctx context.Context, id string) error {
			return x.Delete(ctx, id, []uuid.UUID{p.ID})
		},
		"Search": func(ctx context.Context, id string) error {
			_, err := x.Search(ctx, id, vector.Query{Dense: p.Dense, Scopes: scopes, Limit: 1})
			return err
		},
		"Fetch": func(ctx context.Context, id string) error {
			_, err := x.Fetch(ctx, id, []uuid.UUID{p.ID})
			return err
		},
		"Scan": func(ctx context.Context, id string) error {
			_, err := x.Scan(ctx, id, uuid.Nil, 1)
			return err
		},
		"Count": func(ctx context.Context, id string) error {
			_, err := x.Count(ctx, id)
			return err
		},
	}
}

func (s *suite) unknownCollection(t *testing.T) {
	p := s.randomPoint()
	p.Dense = s.randomDense()
	for name, call := range calls(s.index, p) {
		if err := call(t.Context(), newSpace().ID()); book.CodeOf(err) != book.NotFound {
			t.Errorf("%s: %v, want not_found", name, err)
		}
	}
	if err := s.index.Drop(t.Context(), newSpace().ID()); err != nil {
		t.Errorf("Drop: %v, want nil", err)
	}
}

func (s *suite) endedContext(t *testing.T) {
	s.add(t, 2)
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	p := s.randomPoint()
	p.Dense = s.randomDense()
	all := calls(s.index, p)
	all["Ping"] = func(ctx context.Context, _ string) error { return s.index.Ping(ctx) }
	all["Ensure"] = func(ctx context.Context, _ string) error {
		return s.index.Ensure(ctx, newSpace())
	}
	all["Collections"] = func(ctx context.Context, _ string) error {
		_, err := s.index.Collections(ctx)
		return err
	}
	all["Drop"] = func(ctx context.Context, id string) error { return s.index.Drop(ctx, id) }
	for name, call := range all {
		for want, ctx := range map[book.Code]context.Context{
			book.Canceled: canceled, book.Deadline: late,
		} {
			if err := call(ctx, s.id()); book.CodeOf(err) != want {
				t.Errorf("%s: %v, want %s", name, err, want)
			}
		}
	}
	s.checkHolds(t)
}

func (s *suite) ping(t *testing.T) {
	if err := s.index.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}
