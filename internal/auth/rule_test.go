package auth

import (
	"testing"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

func TestRules(t *testing.T) {
	owner := uuid.New()
	doc := book.Document{DocID: "intro", OwnerID: owner}
	someone := func(role book.Role) book.Principal {
		return book.Principal{UserID: uuid.New(), Role: role}
	}
	for _, c := range []struct {
		name                                      string
		who                                       book.Principal
		readPublic, readLogin, ingest, set, erase book.Code
	}{
		{
			"anonymous",
			book.Principal{},
			"", book.Unauthenticated, book.Unauthenticated,
			book.Unauthenticated, book.Unauthenticated,
		},
		{
			"unknown role", someone("emperor"), "", book.Forbidden, book.Forbidden, book.Forbidden,
			book.Forbidden,
		},
		{"reader", someone(book.Reader), "", "", book.Forbidden, book.Forbidden, book.Forbidden},
		{
			"owner who is a reader",
			book.Principal{UserID: owner, Role: book.Reader},
			"", "",
			book.Forbidden, book.Forbidden, book.Forbidden,
		},
		{"owner", book.Principal{UserID: owner, Role: book.Editor}, "", "", "", "", ""},
		{"other editor", someone(book.Editor), "", "", "", book.Forbidden, book.Forbidden},
		{"admin", someone(book.Admin), "", "", "", book.Forbidden, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantCode(t, AccessPublic.MayRead(c.who), c.readPublic)
			wantCode(t, AccessLogin.MayRead(c.who), c.readLogin)
			wantCode(t, MayIngest(c.who), c.ingest)
			wantCode(t, MaySetVisibility(c.who, doc), c.set)
			wantCode(t, MayDelete(c.who, doc), c.erase)
		})
	}
}
