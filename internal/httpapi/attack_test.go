package httpapi

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
)

// TestAttacks tries to get past the accounts by HTTP, over real stores.
func TestAttacks(t *testing.T) {
	for name, open := range installations {
		t.Run(name, func(t *testing.T) {
			f := newRealFixture(t, open)
			f.signIn(t, "ada", book.Editor)
			t.Run("assignment", f.attackAssignment)
			t.Run("names", f.attackNames)
			t.Run("credentials", f.attackCredentials)
			t.Run("enumeration", f.attackEnumeration)
			t.Run("escalation", f.attackEscalation)
			t.Run("length", f.attackLength)
			t.Run("old", f.attackOld) // ends ada's session
		})
	}
}

// attackAssignment sends fields that are nobody's to set.
func (f *fixture) attackAssignment(t *testing.T) {
	var before, after Account
	f.call(t, "ada", "GET", "/api/users/me", "").decode(t, &before)
	for _, field := range []string{
		`"role":"admin"`, `"Role":"admin"`, `"ROLE":"admin"`, `"disabled":false`, `"id":"` + before.ID.String() + `"`,
		`"token_version":0`, `"password_hash":"x"`, `"permission":"admin"`, `"created_at":null`,
		`"__proto__":{"role":"admin"}`, `"user":{"role":"admin"}`, `"username":["ada","eve"]`,
		`"username":{"$ne":""}`, `"username":"eve","role":"admin"`,
	} {
		wantStatus(t, f.call(t, "ada", "PATCH", "/api/users/me", `{`+field+`}`), 422)
		register := `{"username":"mallory","email":"m@example.org","password":"four words, no less",` + field + `}`
		if got := f.call(t, "", "POST", "/api/auth/register", register); got.status != 422 {
			t.Errorf("register with %s: %d", field, got.status)
		}
	}
	for _, body := range []string{
		`{"permission":"read","user_id":"` + before.ID.String() + `"}`, `{"permission":"read","prefix":"lk_x"}`,
		`{"permission":["admin"]}`, `{"permission":"Admin"}`, `{"permission":"editor"}`, `{"role":"reader"}`,
	} {
		wantStatus(t, f.call(t, "ada", "POST", "/api/keys", body), 422)
	}
	f.call(t, "ada", "GET", "/api/users/me", "").decode(t, &after)
	if before != after {
		t.Errorf("%+v, before %+v", after, before)
	}
}

// attackNames makes accounts that pass for others.
func (f *fixture) attackNames(t *testing.T) {
	f.signIn(t, "grace", book.Reader)
	address := "grace@example.org"
	wantStatus(t, f.call(t, "grace", "PATCH", "/api/users/me",
		`{"email":"`+address+`","password":"a password that is good"}`), http.StatusOK)
	for name, want := range map[string]int{
		"GRACE": 409, "Grace": 409, "local": 409, "LOCAL": 409, "Local": 409,
		"grаce": 422 /* Cyrillic a */, "ｇｒａｃｅ": 422, "gra\u200bce": 422, "grace ": 422, " grace": 422,
		"grace\n": 422, "grace\u0000": 400, "GRAC\u0130": 422, "grace@example.org": 422, "..": 422, "me": 422,
		"": 422, "g\u0301race": 422,
	} {
		body := fmt.Sprintf(`{"username":%q,"email":"x@example.org","password":"four words, no less"}`, name)
		body = strings.NewReplacer(`\x00`, `\u0000`, `\u200b`, "\u200b").Replace(body)
		if got := f.call(t, "", "POST", "/api/auth/register", body); got.status != want {
			t.Errorf("register as %q: %d, want %d: %s", name, got.status, want, got.body)
		}
	}
	for email, want := range map[string]int{
		"GRACE@EXAMPLE.ORG": 409, "Grace@Example.org": 409, "Grace <grace@example.org>": 422,
		"grace(x)@example.org": 422, "grace@example.org,eve@example.org": 422, "grace": 422, "@": 422,
		"grace@example.org\\r\\nBcc: eve@example.org": 422, "grace@ example.org": 422, " " + address: 422,
	} {
		body := `{"username":"mallory","email":"` + email + `","password":"four words, no less"}`
		if got := f.call(t, "", "POST", "/api/auth/register", body); got.status != want {
			t.Errorf("register with %q: %d, want %d: %s", email, got.status, want, got.body)
		}
	}
}

// attackCredentials presents what is no credential, in every place where one may be.
func (f *fixture) attackCredentials(t *testing.T) {
	good, key := f.keys["ada"], f.keys["admin"]
	for name, set := range map[string]func(r *http.Request){
		"none":              func(*http.Request) {},
		"in the query":      func(r *http.Request) { r.URL.RawQuery = "access_token=" + good + "&key=" + key },
		"in another header": func(r *http.Request) { r.Header.Set("X-Api-Key", key) },
		"as Basic":          func(r *http.Request) { r.SetBasicAuth("admin", key) },
		"without scheme":    func(r *http.Request) { r.Header.Set("Authorization", key) },
		"as another scheme": func(r *http.Request) { r.Header.Set("Authorization", "Token "+key) },
		"empty":             func(r *http.Request) { r.Header.Set("Authorization", "Bearer ") },
		"two at once":       func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+good+", Bearer "+key) },
		"joined":            func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+good+" "+key) },
		"key in capitals":   func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+strings.ToUpper(key)) },
		"cut key":           func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+key[:11]) },
		"a bad one and a session": func(r *http.Request) {
			r.Header.Set("Authorization", "Bearer x")
			r.Header.Set("Cookie", sessionCookie+"=refresh."+good)
		},
		"a key as session": func(r *http.Request) { r.Header.Set("Cookie", sessionCookie+"=refresh."+key+"x") },
		"told by a proxy": func(r *http.Request) {
			for _, h := range []string{"X-Forwarded-User", "X-Remote-User", "X-User-Id", "Remote-User"} {
				r.Header.Set(h, "admin")
			}
			r.Header.Set("X-Forwarded-For", "127.0.0.1")
		},
	} {
		for _, path := range []string{"/api/users/me", "/api/users", "/api/audit", "/api/keys", "/api/backup"} {
			r := request(t, "GET", f.url+path, "")
			set(r)
			if got := f.send(t, r); got.status != http.StatusUnauthorized {
				t.Errorf("%s at %s: %d: %s", name, path, got.status, got.body)
			}
		}
	}
}

// attackEnumeration compares what is told of accounts that there are and that there are not.
func (f *fixture) attackEnumeration(t *testing.T) {
	f.signIn(t, "shutout", book.Reader)
	admin, err := f.deps.Accounts.EnsureLocal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.deps.Accounts.SetDisabled(t.Context(), admin, "shutout", true); err != nil {
		t.Fatal(err)
	}
	same := func(what string, ask func(name string) reply) {
		t.Helper()
		told := map[string][]string{}
		for _, name := range []string{"nobody-at-all", "ada", "reader", "shutout", "local", "admin"} {
			got := ask(name)
			text := fmt.Sprint(got.status, " ", string(got.body))
			told[text] = append(told[text], name)
		}
		if len(told) != 1 {
			t.Errorf("%s: %v", what, told)
		}
	}
	same("sign-in", func(name string) reply {
		return f.call(t, "", "POST", "/api/auth/login", `{"login":"`+name+`","password":"incorrect horse"}`)
	})
	same("session", func(name string) reply {
		return f.call(t, "", "POST", "/api/session", `{"login":"`+name+`","password":"incorrect horse"}`)
	})
	same("password form", func(name string) reply {
		r := request(t, "POST", f.url+"/api/auth/token",
			"grant_type=password&username="+name+"&password=incorrect+horse")
		r.Header.Set("Content-Type", formType)
		return f.send(t, r)
	})
	same("reset", func(name string) reply {
		return f.call(t, "", "POST", "/api/auth/reset", `{"login":"`+name+`"}`)
	})
	same("a key for another", func(name string) reply {
		if name == "ada" {
			name = "other"
		}
		return f.call(t, "ada", "POST", "/api/keys", `{"permission":"read","username":"`+name+`"}`)
	})
	same("keys of another", func(name string) reply {
		if name == "ada" {
			name = "other"
		}
		return f.call(t, "ada", "GET", "/api/keys?username="+name, "")
	})
	f.put(t, "ada", "adas", "a page", "")
	same("an heir", func(name string) reply {
		return f.call(t, "ada", "PATCH", "/api/documents/adas", `{"owner":"`+name+`"}`)
	})
	same("the audit log", func(name string) reply {
		return f.call(t, "ada", "GET", "/api/audit?actor="+name, "")
	})
}

// attackEscalation lets an editor, and a key that only reads, reach for more.
func (f *fixture) attackEscalation(t *testing.T) {
	var me Account
	f.call(t, "ada", "GET", "/api/users/me", "").decode(t, &me)
	own := "/api/users/" + me.ID.String()
	f.put(t, "ada", "mine", "a page", "")
	for _, c := range []struct{ method, path, body string }{
		{"PATCH", own, `{"role":"admin"}`},
		{"DELETE", own, `{"documents":"delete"}`},
		{"GET", own, ""},
		{"POST", own + "/reset", ""},
		{"POST", "/api/invitations", `{"role":"admin"}`},
		{"POST", "/api/keys", `{"permission":"admin"}`},
		{"POST", "/api/keys", `{"permission":"read","username":"admin"}`},
		{"PATCH", "/api/documents/mine", `{"owner":"other"}`},
		{"PATCH", "/api/documents/mine", `{"owner":"other","visibility":"private"}`},
	} {
		wantStatus(t, f.call(t, "ada", c.method, c.path, c.body), http.StatusForbidden)
	}
	var lesser NewKey
	f.call(t, "ada", "POST", "/api/keys", `{"permission":"read"}`).decode(t, &lesser)
	f.keys["lesser"] = lesser.Key
	for _, c := range []struct{ method, path, body string }{
		{"POST", "/api/keys", `{"permission":"read"}`},
		{"POST", "/api/ingest", `{"doc_id":"x","text":"y"}`},
		{"DELETE", "/api/documents/mine", ""},
		{"PATCH", "/api/documents/mine", `{"visibility":"private"}`},
		{"PATCH", "/api/users/me", `{"username":"eve"}`},
		{"GET", "/api/users/me/export", ""},
		{"POST", "/api/users/me/password", `{"current_password":"a password that is good","new_password":"another password that is good"}`},
		{"DELETE", "/api/users/me", `{"documents":"delete","password":"a password that is good"}`},
		{"POST", "/api/auth/logout-all", ""},
	} {
		wantStatus(t, f.call(t, "lesser", c.method, c.path, c.body), http.StatusForbidden)
	}
	// What was written once by an editor is not written again for a reader.
	wantStatus(t, f.callOnce(t, "editor", "k", "POST", "/api/ingest", page), http.StatusCreated)
	admin, err := f.deps.Accounts.EnsureLocal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.deps.Accounts.SetRole(t.Context(), admin, "editor", book.Reader); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, f.callOnce(t, "editor", "k", "POST", "/api/ingest", page), http.StatusForbidden)
}

// attackLength sends much where little is meant.
func (f *fixture) attackLength(t *testing.T) {
	long := strings.Repeat("a", 60_000)
	for _, c := range []struct{ caller, method, path, body string }{
		{"", "POST", "/api/auth/login", `{"login":"` + long + `","password":"x"}`},
		{"", "POST", "/api/auth/login", `{"login":"x","password":"` + long + `"}`},
		{"", "POST", "/api/auth/refresh", `{"refresh_token":"` + long + `"}`},
		{"", "POST", "/api/auth/reset", `{"login":"` + long + `"}`},
		{"", "POST", "/api/auth/reset/confirm", `{"token":"` + long + `","password":"four words, no less"}`},
		{"", "POST", "/api/auth/register", `{"username":"` + long + `","email":"x@example.org","password":"four words, no less"}`},
		{"", "POST", "/api/auth/register", `{"username":"eve","email":"` + long + `@example.org","password":"four words, no less"}`},
		{"", "POST", "/api/auth/register", `{"username":"eve","email":"x@example.org","password":"` + long + `"}`},
		{"ada", "GET", "/api/documents?cursor=" + long, ""},
		{"ada", "GET", "/api/keys?username=" + long, ""},
		{"admin", "GET", "/api/audit?actor=" + long, ""},
		{"ada", "GET", "/api/documents/" + long, ""},
		{"ada", "DELETE", "/api/keys/" + long, ""},
	} {
		if got := f.call(t, c.caller, c.method, c.path, c.body); got.status < 400 || got.status >= 500 {
			t.Errorf("%s %.60s: %d", c.method, c.path+" "+c.body, got.status)
		}
	}
	f.keys["long"], f.keys["long key"] = long, auth.KeyPrefix+long
	wantStatus(t, f.call(t, "long", "GET", "/api/users/me", ""), http.StatusUnauthorized)
	wantStatus(t, f.call(t, "long key", "GET", "/api/users/me", ""), http.StatusUnauthorized)
}

// attackOld uses what was good until its owner changed the password.
func (f *fixture) attackOld(t *testing.T) {
	var before, after Tokens
	const login = `{"login":"ada","password":"a password that is good"}`
	f.call(t, "", "POST", "/api/auth/login", login).decode(t, &before)
	change := `{"current_password":"a password that is good","new_password":"another password that is good"}`
	got := f.call(t, "ada", "POST", "/api/users/me/password", change)
	wantStatus(t, got, http.StatusOK)
	got.decode(t, &after)
	f.keys["before"], f.keys["after"] = before.AccessToken, after.AccessToken
	for _, caller := range []string{"ada", "before"} {
		wantStatus(t, f.call(t, caller, "GET", "/api/users/me", ""), http.StatusUnauthorized)
	}
	wantStatus(t, f.call(t, "after", "GET", "/api/users/me", ""), http.StatusOK)
	refresh := func(token string) reply {
		return f.call(t, "", "POST", "/api/auth/refresh", `{"refresh_token":"`+token+`"}`)
	}
	wantStatus(t, refresh(before.RefreshToken), http.StatusUnauthorized)
	wantStatus(t, refresh(after.AccessToken), http.StatusUnauthorized) // of another type
	wantStatus(t, f.call(t, "", "POST", "/api/auth/login", login), http.StatusUnauthorized)
	f.keys["a refresh token"] = after.RefreshToken
	wantStatus(t, f.call(t, "a refresh token", "GET", "/api/users/me", ""), http.StatusUnauthorized)
}

// TestAddressesThatLookAlike: no way to write an address, and no method, gets past its rule.
func TestAddressesThatLookAlike(t *testing.T) {
	f := newFixture(t, auth.AccessPublic)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	for _, path := range []string{
		"/api/users", "/api//users", "/api/./users", "/api/x/../users", "/api/users/", "/api/users/.", "/API/users",
		"/api/%75sers", "/api/users%2f", "/api/users%00", "/api/users;a=b", "/api%2Fusers", "//api/users",
		"/x/..%2fapi/users", "/api/health/../users", "/api/health%2f..%2fusers", "/api/users?a=/api/health",
		"/api/users#/api/health", "/api/documents/..%2f..%2fusers", "/api/documents/%2e%2e/%2e%2e/users",
		"/api/audit/", "/api/audit%20", "/api/audit\t", "/api\\users", "/static/../api/users", "/static/..%2f..%2fapi/users",
	} {
		for _, method := range []string{
			"GET", "HEAD", "OPTIONS", "TRACE", "POST", "PUT", "DELETE", "PATCH", "get", "PROPFIND",
		} {
			address := f.url + path
			r, err := http.NewRequestWithContext(t.Context(), method, address, nil)
			if err != nil {
				continue // no client sends it
			}
			r.Header.Set("X-HTTP-Method-Override", "GET")
			response, err := client.Do(r)
			if err != nil {
				continue
			}
			body, _ := io.ReadAll(response.Body)
			response.Body.Close()
			if response.StatusCode < 300 && method != "OPTIONS" || bytes.Contains(body, []byte(`"username"`)) {
				t.Errorf("%s %s: %d: %.200s", method, path, response.StatusCode, body)
			}
		}
	}
}

// TestForwardedByAnybody: who writes proxies' headers without being one is nobody else, neither for the
// limits nor in the audit log.
func TestForwardedByAnybody(t *testing.T) {
	f := newLimitedFixture(t, Limits{SignIns: 3})
	f.deps.Proxies = Proxies{}
	f.serve(t)
	for i := range 5 {
		r := request(t, "POST", f.url+"/api/auth/login", `{"login":"nobody","password":"incorrect horse"}`)
		r.Header.Set("Content-Type", jsonType)
		address := fmt.Sprintf("198.51.100.%d", i)
		for name, value := range map[string]string{
			"X-Forwarded-For": address, "X-Real-Ip": address, "Forwarded": "for=" + address,
			"True-Client-Ip": address, "Cf-Connecting-Ip": address,
		} {
			r.Header.Set(name, value)
		}
		want := map[bool]int{true: http.StatusUnauthorized, false: http.StatusTooManyRequests}[i < 3]
		wantStatus(t, f.send(t, r), want)
	}
	r := request(t, "POST", f.url+"/api/keys", `{"permission":"read"}`)
	r.Header.Set("Content-Type", jsonType)
	r.Header.Set("Authorization", "Bearer "+f.keys["admin"])
	r.Header.Set("X-Forwarded-For", "198.51.100.7")
	wantStatus(t, f.send(t, r), http.StatusCreated)
	if e := f.auditLog(t, "?action=key.create").Items[0]; e.Address != "127.0.0.1" {
		t.Errorf("from %q", e.Address)
	}
}
