package httpapi

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/lectern-project/lectern/internal/auth"
)

func TestManageAccounts(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	wantStatus(t, f.call(t, "", "POST", "/api/auth/register", adaJSON), http.StatusCreated)
	var page AccountList
	var names []string
	for path := "/api/users?limit=2"; ; path = "/api/users?limit=2&cursor=" + *page.NextCursor {
		page = AccountList{}
		f.call(t, "admin", "GET", path, "").decode(t, &page)
		for _, u := range page.Items {
			names = append(names, u.Username)
		}
		if page.NextCursor == nil {
			break
		}
	}
	if got := strings.Join(names, " "); got != "Ada admin editor local other reader" {
		t.Errorf("accounts: %s", got)
	}
	var ada ManagedAccount
	f.call(t, "admin", "GET", "/api/users?limit=1", "").decode(t, &page)
	path := "/api/users/" + page.Items[0].ID.String()
	f.call(t, "admin", "GET", path, "").decode(t, &ada)
	if ada.Username != "Ada" || !ada.HasPassword || ada.Disabled {
		t.Errorf("shown as %+v", ada)
	}
	got := f.call(t, "admin", "PATCH", path, `{"role":"editor","disabled":true,"email":null}`)
	wantStatus(t, got, 200)
	got.decode(t, &ada)
	if ada.Role != "editor" || !ada.Disabled || ada.Email != "ada@example.org" {
		t.Errorf("changed to %+v", ada)
	}
	login := `{"login":"ada","password":"correct horse"}`
	wantStatus(t, f.call(t, "", "POST", "/api/auth/login", login), 401)
	wantStatus(t, f.call(t, "admin", "PATCH", path, `{"disabled":false}`), 200)
	wantStatus(t, f.call(t, "", "POST", "/api/auth/login", login), 200)
	wantStatus(t, f.call(t, "admin", "PATCH", path, `{"role":"admin"}`), 200)
	for _, last := range []string{`{"role":"reader"}`, `{"disabled":true}`} {
		wantStatus(t, f.call(t, "admin", "PATCH", path, last), 409)
	}
	wantStatus(t, f.call(t, "admin", "DELETE", path, `{"documents":"delete"}`), 409)
	wantStatus(t, f.call(t, "admin", "PATCH", path, `{"username":"editor"}`), 409)
	wantStatus(t, f.call(t, "admin", "PATCH", path, `{"role":"emperor"}`), 422)
	const absent = "/api/users/00000000-0000-4000-8000-000000000000"
	wantStatus(t, f.call(t, "admin", "GET", absent, ""), 404)
	wantStatus(t, f.call(t, "admin", "PATCH", absent, `{}`), 404)
	wantStatus(t, f.call(t, "admin", "DELETE", absent, `{"documents":"delete"}`), 404)
	wantStatus(t, f.call(t, "admin", "POST", absent+"/reset", ""), 404)
	wantStatus(t, f.call(t, "admin", "GET", "/api/users/none", ""), 422)
	for _, caller := range []string{"reader", "editor"} {
		wantStatus(t, f.call(t, caller, "GET", "/api/users", ""), 403)
		wantStatus(t, f.call(t, caller, "GET", path, ""), 403)
		wantStatus(t, f.call(t, caller, "PATCH", path, `{}`), 403)
		wantStatus(t, f.call(t, caller, "DELETE", path, `{"documents":"delete"}`), 403)
		wantStatus(t, f.call(t, caller, "POST", path+"/reset", ""), 403)
	}
}

func TestResetOverHTTP(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	wantStatus(t, f.call(t, "", "POST", "/api/auth/register", adaJSON), http.StatusCreated)
	var known, unknown ResetStarted
	got := f.call(t, "", "POST", "/api/auth/reset", `{"login":"ada"}`)
	wantStatus(t, got, http.StatusAccepted)
	got.decode(t, &known)
	f.call(t, "", "POST", "/api/auth/reset", `{"login":"nobody"}`).decode(t, &unknown)
	if known != unknown || known.Delivery != "administrator" {
		t.Errorf("known: %+v, unknown: %+v", known, unknown)
	}
	f.deps.Accounts.Close()
	var page AccountList
	f.call(t, "admin", "GET", "/api/users?limit=1", "").decode(t, &page)
	var link ResetLink
	got = f.call(t, "admin", "POST", "/api/users/"+page.Items[0].ID.String()+"/reset", "")
	wantStatus(t, got, http.StatusCreated)
	got.decode(t, &link)
	confirm := `{"token":"` + link.Token + `","password":"wrong battery"}`
	wantStatus(t, f.call(t, "", "POST", "/api/auth/reset/confirm", confirm), http.StatusNoContent)
	wantStatus(t, f.call(t, "", "POST", "/api/auth/reset/confirm", confirm), http.StatusNotFound)
	wantStatus(t, f.call(t, "", "POST", "/api/auth/login",
		`{"login":"ada","password":"wrong battery"}`), 200)
}

func TestInvitations(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	var made NewInvitation
	got := f.call(t, "admin", "POST", "/api/invitations", `{"role":"editor","expires_in_days":1.0}`)
	wantStatus(t, got, http.StatusCreated)
	got.decode(t, &made)
	var list InvitationList
	f.call(t, "admin", "GET", "/api/invitations", "").decode(t, &list)
	if len(list.Items) != 1 || list.Items[0] != made.Invitation || made.Role != "editor" {
		t.Errorf("made %+v, listed %+v", made, list)
	}
	register := func(token string) string {
		return strings.Replace(adaJSON, "{", `{"invitation":"`+token+`",`, 1)
	}
	wantStatus(t, f.call(t, "", "POST", "/api/auth/register", register("none")), 404)
	got = f.call(t, "", "POST", "/api/auth/register", register(made.Token))
	wantStatus(t, got, http.StatusCreated)
	var ada Account
	got.decode(t, &ada)
	if ada.Role != "editor" {
		t.Errorf("registered %+v", ada)
	}
	f.call(t, "admin", "POST", "/api/invitations", `{}`).decode(t, &made)
	if made.Role != "reader" {
		t.Errorf("by default %+v", made)
	}
	path := "/api/invitations/" + made.ID.String()
	wantStatus(t, f.call(t, "editor", "DELETE", path, ""), 403)
	wantStatus(t, f.call(t, "admin", "DELETE", path, ""), http.StatusNoContent)
	wantStatus(t, f.call(t, "admin", "DELETE", path, ""), 404)
	wantStatus(t, f.call(t, "editor", "POST", "/api/invitations", `{}`), 403)
	wantStatus(t, f.call(t, "editor", "GET", "/api/invitations", ""), 403)
	for _, bad := range []string{
		`{"expires_in_days":0}`, `{"expires_in_days":91}`, `{"role":"emperor"}`, `{"email":"nowhere"}`,
	} {
		wantStatus(t, f.call(t, "admin", "POST", "/api/invitations", bad), 422)
	}
}

func TestDeleteAndExportMe(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	got := f.call(t, "reader", "GET", "/api/users/me/export", "")
	wantStatus(t, got, 200)
	var exported struct{ Account struct{ Username string } }
	if err := json.Unmarshal(got.body, &exported); err != nil || exported.Account.Username != "reader" ||
		!strings.Contains(got.header.Get("Content-Disposition"), "account.json") {
		t.Errorf("export: %v, %v, %s", err, got.header, got.body)
	}
	wantStatus(t, f.call(t, "", "GET", "/api/users/me/export", ""), 401)
	const me = "/api/users/me"
	wantStatus(t, f.call(t, "", "DELETE", me, `{"documents":"delete"}`), 401)
	for _, bad := range []string{
		`{}`, `{"documents":"burn"}`, `{"documents":"hand_over"}`,
		`{"documents":"delete","hand_over_to":"editor"}`,
		`{"documents":"hand_over","hand_over_to":"nobody"}`,
	} {
		wantStatus(t, f.call(t, "other", "DELETE", me, bad), 422)
	}
	wantStatus(t, f.call(t, "other", "DELETE", me,
		`{"documents":"hand_over","hand_over_to":"editor"}`), http.StatusAccepted)
	wantStatus(t, f.call(t, "other", "GET", me, ""), 401)
}
