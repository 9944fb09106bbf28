package book

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

func TestCodeOf(t *testing.T) {
	inner := Errorf(NotFound, "no such thing")
	for _, c := range []struct {
		err  error
		code Code
	}{
		{nil, ""},
		{inner, NotFound},
		{fmt.Errorf("reading: %w", inner), NotFound},
		{Wrap(Conflict, inner, "outer"), Conflict},
		{fmt.Errorf("x: %w", context.Canceled), Canceled},
		{context.DeadlineExceeded, Deadline},
		{errors.New("boom"), Internal},
	} {
		if got := CodeOf(c.err); got != c.code {
			t.Errorf("%v: %q, want %q", c.err, got, c.code)
		}
	}
}

// TestMessageOf: a cause is never shown.
func TestMessageOf(t *testing.T) {
	secret := errors.New("password=hunter2")
	for err, want := range map[error]string{
		Wrap(Unavailable, secret, "the store is down"): "the store is down",
		secret: "something went wrong on our side; the log says what",
	} {
		if got := MessageOf(err); got != want {
			t.Errorf("%v: %q", err, got)
		}
	}
}

func TestChunkIDs(t *testing.T) {
	ids := ChunkIDs("doc", []string{"a", "b", "a"})
	if ids[0] == ids[2] || ids[0] == ids[1] {
		t.Errorf("equal ids: %v", ids)
	}
	// An unchanged chunk keeps its id when the page around it changes.
	moved := ChunkIDs("doc", []string{"new", "b", "a", "a"})
	if diff := cmp.Diff([]uuid.UUID{ids[1], ids[0], ids[2]}, moved[1:]); diff != "" {
		t.Error(diff)
	}
	if ChunkIDs("other", []string{"a"})[0] == ids[0] {
		t.Error("two documents share a chunk id")
	}
	// Changing this breaks every store that exists.
	if want := "f0226b7b-9803-5f37-b364-3dd489efb157"; ids[0].String() != want {
		t.Errorf("the id of %q in %q is %s, not %s", "a", "doc", ids[0], want)
	}
}

func TestSpaceID(t *testing.T) {
	space := Space{
		Provider: "gemini", Model: "models/Gemini Embedding_2", Dimensions: 768,
		PrefixVersion: 1, LexicalVersion: 2, DenseWeight: 0.4,
	}
	want := "gemini-models-gemini-embedding-2-768-p1-l2"
	if got := space.ID(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	space.DenseWeight = 0.2
	if space.ID() != want {
		t.Error("the weight is part of the identity")
	}
}

func TestRoles(t *testing.T) {
	for i, have := range Roles() {
		for j, want := range Roles() {
			if have.Allows(want) != (i >= j) {
				t.Errorf("%s allows %s: %v", have, want, have.Allows(want))
			}
		}
	}
	if Role("").Allows(Reader) || Role("root").Allows(Reader) || Admin.Allows("root") {
		t.Error("an unknown role allows something")
	}
}

func TestScopes(t *testing.T) {
	user := uuid.MustParse("aaaaaaaa-0000-4000-8000-000000000001")
	own := Scope("user:" + user.String())
	if got := ScopeOf(Private, user); got != own {
		t.Errorf("private: %q", got)
	}
	if got := ScopeOf(Public, user); got != ScopePublic {
		t.Errorf("public: %q", got)
	}
	if diff := cmp.Diff([]Scope{ScopePublic, own}, (View{UserID: user}).Scopes()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Scope{ScopePublic}, (View{}).Scopes()); diff != "" {
		t.Error(diff)
	}
	admin := Principal{UserID: user, Role: Admin}
	if admin.View().All || !admin.AdminView().All {
		t.Error("administrators list everything, and search like everybody")
	}
}
