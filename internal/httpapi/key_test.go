package httpapi

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
)

func TestKeys(t *testing.T) {
	for name, open := range installations {
		t.Run(name, func(t *testing.T) { testKeys(t, newRealFixture(t, open)) })
	}
}

func testKeys(t *testing.T, f *fixture) {
	t.Helper()
	f.signIn(t, "signed-in", book.Editor)
	expires := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	var made NewKey
	got := f.call(t, "signed-in", "POST", "/api/keys",
		`{"permission":"read","expires_at":"`+expires.Format(time.RFC3339)+`"}`)
	wantStatus(t, got, http.StatusCreated)
	got.decode(t, &made)
	if !strings.HasPrefix(made.Key, made.Record.Prefix) || len(made.Key) < 60 ||
		!made.Record.ExpiresAt.Equal(expires) || made.Record.UsedAt != nil {
		t.Errorf("made %+v", made.Record)
	}
	if strings.Contains(string(f.call(t, "signed-in", "GET", "/api/keys", "").body), made.Key) {
		t.Error("a list shows the key")
	}

	// The key does what it may, and is seen to be used.
	f.keys["key"] = made.Key
	wantStatus(t, f.call(t, "key", "GET", "/api/users/me", ""), http.StatusOK)
	wantStatus(t, f.call(t, "key", "POST", "/api/ingest", `{"doc_id":"a","text":"b"}`), 403)
	var list KeyList
	f.call(t, "signed-in", "GET", "/api/keys", "").decode(t, &list)
	if len(list.Items) != 1 || list.Items[0].UsedAt == nil || list.Items[0].RevokedAt != nil {
		t.Errorf("keys %+v", list.Items)
	}

	// A key makes no keys and revokes none but itself.
	wantStatus(t, f.call(t, "key", "POST", "/api/keys", `{"permission":"read"}`), http.StatusForbidden)
	wantStatus(t, f.call(t, "signed-in", "POST", "/api/keys", `{"permission":"admin"}`), http.StatusForbidden)
	wantStatus(t, f.call(t, "signed-in", "POST", "/api/keys", `{"permission":"ingest","username":"other"}`), 403)
	wantStatus(t, f.call(t, "signed-in", "GET", "/api/keys?username=other", ""), http.StatusForbidden)
	past := `{"permission":"read","expires_at":"2020-01-01T00:00:00Z"}`
	wantStatus(t, f.call(t, "signed-in", "POST", "/api/keys", past), 422)
	others := f.keyOf(t, "other")
	for _, caller := range []string{"key", "editor"} {
		wantStatus(t, f.call(t, caller, "DELETE", "/api/keys/"+others, ""), http.StatusForbidden)
	}
	wantStatus(t, f.call(t, "signed-in", "DELETE", "/api/keys/"+others, ""), http.StatusNotFound)
	wantStatus(t, f.call(t, "other", "GET", "/api/users/me", ""), http.StatusOK)

	// An administrator sees and revokes any.
	wantStatus(t, f.call(t, "admin", "DELETE", "/api/keys/"+others, ""), http.StatusNoContent)
	wantStatus(t, f.call(t, "other", "GET", "/api/users/me", ""), http.StatusUnauthorized)
	wantStatus(t, f.call(t, "admin", "GET", "/api/keys?username=nobody", ""), http.StatusNotFound)
	wantStatus(t, f.call(t, "key", "DELETE", "/api/keys/"+made.Record.ID.String(), ""), 204)
	wantStatus(t, f.call(t, "key", "GET", "/api/users/me", ""), http.StatusUnauthorized)
	wantStatus(t, f.call(t, "signed-in", "DELETE", "/api/keys/"+made.Record.ID.String(), ""), 204)
	for _, e := range f.auditLog(t, "?action=key.revoke").Items {
		if e.TargetKind != book.TargetKey || e.TargetID == "" || !strings.HasPrefix(e.Target, "lk_") {
			t.Errorf("event %+v", e)
		}
	}
}

// TestKeyAfterDemotion: a key never allows more than its account does now.
func TestKeyAfterDemotion(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	admin, err := f.deps.Accounts.EnsureLocal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const page = `{"doc_id":"a","text":"b"}`
	wantStatus(t, f.call(t, "editor", "POST", "/api/ingest", page), http.StatusCreated)
	if _, err := f.deps.Accounts.SetRole(t.Context(), admin, "editor", book.Reader); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, f.call(t, "editor", "POST", "/api/ingest", page), http.StatusForbidden)
	wantStatus(t, f.call(t, "editor", "GET", "/api/documents", ""), http.StatusOK)
}

// signIn makes an account and signs it in, so that f.call knows it by its name.
func (f *fixture) signIn(t *testing.T, name string, role book.Role) {
	t.Helper()
	admin, err := f.deps.Accounts.EnsureLocal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const password = "a password that is good"
	user, err := f.deps.Accounts.CreateUser(t.Context(), admin,
		auth.Registration{Username: name, Password: password}, role)
	if err != nil {
		t.Fatal(err)
	}
	f.library.names[user.ID] = name
	tokens, err := f.deps.Accounts.Login(t.Context(), name, password)
	if err != nil {
		t.Fatal(err)
	}
	f.keys[name] = tokens.Access
}

// keyOf returns the id of an account's first key.
func (f *fixture) keyOf(t *testing.T, username string) string {
	t.Helper()
	var list KeyList
	f.call(t, "admin", "GET", "/api/keys?username="+username, "").decode(t, &list)
	if len(list.Items) == 0 {
		t.Fatalf("%s has no key", username)
	}
	return list.Items[0].ID.String()
}
