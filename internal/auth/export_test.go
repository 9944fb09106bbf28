package auth

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

func TestExport(t *testing.T) {
	f := newFixture(t)
	ada := f.user(t, "ada", book.Editor)
	f.user(t, "eve", book.Admin)
	for range exportPage + 1 {
		_, key, err := f.CreateKey(f.ctx, ada, KeyRequest{Permission: book.PermitRead})
		if err == nil {
			err = f.RevokeKey(f.ctx, ada, key.ID) // it is exported all the same
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	talk, err := f.store.CreateConversation(f.ctx, book.Conversation{
		ID: uuid.Must(uuid.NewV7()), UserID: ada.UserID, Title: "Talk",
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.store.BeginTurn(f.ctx, ada.UserID, store.Turn{
		ConversationID: talk.ID, QuestionID: uuid.Must(uuid.NewV7()),
		AnswerID: uuid.Must(uuid.NewV7()), Question: "Why?",
	}); err != nil {
		t.Fatal(err)
	}
	var exported struct {
		Account       struct{ Username, Email string }
		Keys          []map[string]any
		Documents     []map[string]any
		Conversations []struct {
			Title    string
			Messages []struct{ Role, Text string }
		}
	}
	var own, asAdmin bytes.Buffer
	if err := f.ExportMe(f.ctx, ada, &own); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(own.Bytes(), &exported); err != nil {
		t.Fatalf("%v: %s", err, own.String())
	}
	got := fmt.Sprint(exported.Account, len(exported.Keys), len(exported.Documents),
		exported.Conversations)
	if diff := cmp.Diff("{ada ada@example.org} 101 0 [{Talk [{user Why?} {assistant }]}]", got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if bytes.Contains(own.Bytes(), []byte("argon2")) || bytes.Contains(own.Bytes(), []byte("hash")) {
		t.Errorf("the export has a hash: %s", own.String())
	}
	if err := f.ExportUser(f.ctx, f.admin, "ada", &asAdmin); err != nil || asAdmin.Len() < own.Len()-99 {
		t.Errorf("%d bytes for administrators, %v", asAdmin.Len(), err)
	}
	lesser := ada
	lesser.Role = book.Reader
	wantCode(t, f.ExportMe(f.ctx, lesser, &own), book.Forbidden)
	wantCode(t, f.ExportMe(f.ctx, book.Principal{}, &own), book.Unauthenticated)
	wantCode(t, f.ExportUser(f.ctx, ada, "eve", &own), book.Forbidden)
	wantCode(t, f.ExportUser(f.ctx, f.admin, "nobody", &own), book.NotFound)
}
