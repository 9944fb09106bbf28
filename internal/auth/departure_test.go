package auth

import (
	"context"
	"errors"
	"testing"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

// shelf holds documents by doc_id, of owners.
type shelf struct {
	owners map[string]book.Principal
	fail   int // after so many writes every one fails
	// listed, if not nil, happens between a list of documents and what follows from it.
	listed func()
}

var errStopped = errors.New("stopped")

func (s *shelf) ListDocuments(
	_ context.Context, q store.DocumentQuery,
) ([]book.Document, error) {
	var list []book.Document
	for id, owner := range s.owners {
		if owner.UserID == q.OwnerID && id > q.After {
			list = append(list, book.Document{DocID: id})
		}
	}
	if s.listed != nil {
		s.listed()
	}
	return list, nil
}

func (s *shelf) Update(
	_ context.Context, docID string, owner uuid.UUID, c store.DocumentChange,
) (book.Document, error) {
	if err := s.write(docID, owner); err != nil {
		return book.Document{}, err
	}
	s.owners[docID] = book.Principal{UserID: *c.OwnerID}
	return book.Document{}, nil
}

func (s *shelf) Delete(_ context.Context, docID string, owner uuid.UUID) error {
	if err := s.write(docID, owner); err != nil {
		return err
	}
	delete(s.owners, docID)
	return nil
}

func (s *shelf) write(docID string, owner uuid.UUID) error {
	if s.fail--; s.fail < 0 {
		return errStopped
	}
	if owner != uuid.Nil && s.owners[docID].UserID != owner {
		return book.Errorf(book.NotFound, "there is no document %q", docID)
	}
	return nil
}

func TestDeleteMe(t *testing.T) {
	f := newFixture(t)
	ada, heir := f.user(t, "ada", book.Editor), f.user(t, "heir", book.Editor)
	tokens := f.login(t, "ada")
	lesser := ada
	lesser.Role = book.Reader
	f.user(t, "reader", book.Reader)
	for _, c := range []struct {
		who  book.Principal
		r    DeletionRequest
		want book.Code
	}{
		{book.Principal{}, DeletionRequest{DeleteDocuments: true}, book.Unauthenticated},
		{lesser, DeletionRequest{Password: goodPassword, DeleteDocuments: true}, book.Forbidden},
		{f.admin, DeletionRequest{DeleteDocuments: true}, book.Forbidden},
		{ada, DeletionRequest{Password: "incorrect horse", DeleteDocuments: true}, book.Forbidden},
		{ada, DeletionRequest{Password: goodPassword}, book.Invalid},
		{ada, DeletionRequest{goodPassword, true, "heir"}, book.Invalid},
		{ada, DeletionRequest{goodPassword, false, "nobody"}, book.Invalid},
		{ada, DeletionRequest{goodPassword, false, "reader"}, book.Invalid},
		{ada, DeletionRequest{goodPassword, false, "ada"}, book.Invalid},
	} {
		wantCode(t, f.DeleteMe(f.ctx, c.who, c.r), c.want)
	}
	if _, err := f.Authenticate(f.ctx, tokens.Access); err != nil {
		t.Fatalf("a refused deletion shuts out: %v", err)
	}
	if err := f.DeleteMe(f.ctx, ada, DeletionRequest{goodPassword, false, "heir"}); err != nil {
		t.Fatal(err)
	}
	_, err := f.Authenticate(f.ctx, tokens.Access)
	wantCode(t, err, book.Unauthenticated)
	_, err = f.Login(f.ctx, "ada", goodPassword)
	wantCode(t, err, book.Unauthenticated)
	_, err = f.SetDisabled(f.ctx, f.admin, "ada", false)
	wantCode(t, err, book.Conflict)

	documents := &shelf{owners: map[string]book.Principal{"a": ada, "b": ada, "c": heir}, fail: 1}
	if err := f.FinishDepartures(f.ctx, documents); !errors.Is(err, errStopped) {
		t.Fatalf("stopped half-way: %v", err)
	}
	if _, err := f.store.UserByID(f.ctx, ada.UserID); err != nil {
		t.Errorf("the account is gone before its documents: %v", err)
	}
	documents.fail = 10
	for range 2 { // the second time there is nothing to do
		if err := f.FinishDepartures(f.ctx, documents); err != nil {
			t.Fatal(err)
		}
	}
	for id, owner := range documents.owners {
		if owner.UserID != heir.UserID {
			t.Errorf("%s belongs to %v", id, owner)
		}
	}
	_, err = f.store.UserByID(f.ctx, ada.UserID)
	wantCode(t, err, book.NotFound)
	f.user(t, "ada", book.Reader) // the name is free
}

// TestDepartureLeavesWhatIsAnothers: a document that was let go and taken by another in between stays.
func TestDepartureLeavesWhatIsAnothers(t *testing.T) {
	for name, r := range map[string]DeletionRequest{
		"deleted": {DeleteDocuments: true}, "handed over": {Heir: "heir"},
	} {
		f := newFixture(t)
		ada, heir, bob := f.user(t, "ada", book.Editor), f.user(t, "heir", book.Editor), f.user(t, "bob", book.Editor)
		if err := f.DeleteUser(f.ctx, f.admin, "ada", r); err != nil {
			t.Fatal(err)
		}
		documents := &shelf{owners: map[string]book.Principal{"a": ada, "b": ada}, fail: 10}
		documents.listed = func() { documents.owners["a"] = bob }
		if err := f.FinishDepartures(f.ctx, documents); err != nil {
			t.Fatal(err)
		}
		if got := documents.owners["a"]; got.UserID != bob.UserID {
			t.Errorf("%s: another's document belongs to %+v", name, got)
		}
		if got := documents.owners["b"].UserID; r.Heir != "" && got != heir.UserID {
			t.Errorf("%s: the own document belongs to %v", name, got)
		}
		_, err := f.store.UserByID(f.ctx, ada.UserID)
		wantCode(t, err, book.NotFound)
	}
}

func TestDeleteUser(t *testing.T) {
	f := newFixture(t)
	ada := f.user(t, "ada", book.Editor)
	remove := DeletionRequest{DeleteDocuments: true}
	wantCode(t, f.DeleteUser(f.ctx, ada, "ada", remove), book.Forbidden)
	wantCode(t, f.DeleteUser(f.ctx, f.admin, "nobody", remove), book.NotFound)
	wantCode(t, f.DeleteUser(f.ctx, f.admin, "local", remove), book.Forbidden)
	wantCode(t, f.DeleteUser(f.ctx, f.admin, "ada", DeletionRequest{}), book.Invalid)
	root := f.user(t, "root", book.Admin)
	wantCode(t, f.DeleteUser(f.ctx, root, "root", remove), book.Conflict)
	if err := f.DeleteUser(f.ctx, root, "ada", remove); err != nil {
		t.Fatal(err)
	}
	documents := &shelf{owners: map[string]book.Principal{"a": ada, "b": root}, fail: 10}
	if err := f.FinishDepartures(f.ctx, documents); err != nil {
		t.Fatal(err)
	}
	if len(documents.owners) != 1 {
		t.Errorf("left are %v", documents.owners)
	}
	_, err := f.store.UserByID(f.ctx, ada.UserID)
	wantCode(t, err, book.NotFound)
}
