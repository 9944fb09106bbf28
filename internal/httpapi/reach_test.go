package httpapi

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
)

// TestOpenAPIHasRules: each operation of the document has a role and a reach, and docs/access.md says
// which. UPDATE_OPENAPI=1 writes the table there.
func TestOpenAPIHasRules(t *testing.T) {
	table := "| operation | who | what |\n| --- | --- | --- |\n"
	who := map[access]string{
		anyone: "anyone", readers: "who may read", members: "accounts", editors: "editors",
		admins: "administrators",
	}
	rows := map[string]bool{}
	for _, r := range (&server{}).routes() {
		if reaches[r.id] == "" {
			t.Errorf("%s (%s %s) has no row in reaches", r.id, r.method, r.path)
		}
		rows[r.id] = true
		table += fmt.Sprintf("| `%s %s` | %s | %s |\n", r.method, r.path, who[r.access], reaches[r.id])
	}
	for id := range reaches {
		if !rows[id] {
			t.Errorf("reaches has a row for %s, which is no operation", id)
		}
	}
	paths := newFixture(t, auth.AccessPublic).document.at("paths")
	for path := range paths {
		for method := range paths.at(path) {
			if id, _ := paths.at(path, method)["operationId"].(string); !rows[id] {
				t.Errorf("%s %s has no row in routes", method, path)
			}
		}
	}
	const file = "../../docs/access.md"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, after, _ := strings.Cut(string(text), "<!-- operations -->\n")
	_, after, found := strings.Cut(after, "<!-- end of operations -->\n")
	if !found {
		t.Fatalf("%s has no place for the operations", file)
	}
	want := before + "<!-- operations -->\n" + table + "<!-- end of operations -->\n" + after
	if os.Getenv("UPDATE_OPENAPI") != "" {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != string(text) {
		t.Errorf("%s is not up to date; UPDATE_OPENAPI=1 writes it. It should say\n%s", file, table)
	}
}

// TestWhoReachesWhat calls each operation on the things of one account, as each kind of caller.
func TestWhoReachesWhat(t *testing.T) {
	for name, open := range installations {
		t.Run(name, func(t *testing.T) { testWhoReachesWhat(t, open) })
	}
}

func testWhoReachesWhat(t *testing.T, open installation) {
	t.Helper()
	f := newCallers(t, open)
	for _, r := range (&server{}).routes() {
		for _, c := range callers {
			thing := f.thingFor(t, r)
			got := f.callRoute(t, c.name, r, thing)
			switch want := c.want(r, thing); {
			case want == http.StatusOK && got.status >= 300 && !understood(r, got.status):
				t.Errorf("%s as %q: %d: %s", r.id, c.name, got.status, got.body)
			case want != http.StatusOK && got.status != want:
				t.Errorf("%s as %q: %d, want %d: %s", r.id, c.name, got.status, want, got.body)
			}
			if f.anybodyGone(t) {
				f = newCallers(t, open)
			}
		}
	}
}

// callerCase is somebody who calls, and what they may: role is that of a good credential.
type callerCase struct {
	name  string
	role  book.Role
	owner bool // of the things that are called upon
	bad   bool // the credential
	key   bool // the credential is an API key
	other bool // a page of another origin sends the credential
}

var callers = []callerCase{
	{name: ""},
	{name: "expired token", bad: true},
	{name: "forged token", bad: true},
	{name: "token of another audience", bad: true},
	{name: "token without signature", bad: true},
	{name: "token of a disabled account", bad: true},
	{name: "revoked key", bad: true},
	{name: "expired key", bad: true},
	{name: "unknown key", bad: true},
	{name: "reader", role: book.Reader, key: true},
	{name: "another reader", role: book.Reader},
	{name: "other", role: book.Editor, key: true},
	{name: "another editor", role: book.Editor},
	{name: "admin", role: book.Admin},
	{name: "session", role: book.Reader},
	{name: "session of another editor", role: book.Editor},
	{name: "stale session", bad: true},
	{name: "session on a page of another origin", other: true},
	{name: "owner", role: book.Editor, owner: true},
}

// want is the status that the caller gets, 200 for whoever is let in.
func (c callerCase) want(r route, thing string) int {
	needs := map[access]book.Role{members: book.Reader, editors: book.Editor, admins: book.Admin}[r.access]
	switch {
	case c.other && (r.session || r.access != anyone):
		return http.StatusForbidden
	case r.access == anyone:
		return http.StatusOK
	case c.bad:
		return http.StatusUnauthorized
	case needs != "" && c.role == "":
		return http.StatusUnauthorized
	case needs != "" && !c.role.Allows(needs):
		return http.StatusForbidden
	case c.key && r.id == "revoke-key":
		return http.StatusForbidden
	case thing == "" || c.owner:
		return http.StatusOK
	case c.role == book.Admin && r.id == "update-document":
		return http.StatusForbidden // it is there for administrators, who do not publish it
	case c.role == book.Admin && reaches[r.id] != reachOwn:
		return http.StatusOK
	}
	return http.StatusNotFound
}

// understood reports whether a status says no more than that the empty body of the test is none that
// the operation takes.
func understood(r route, status int) bool {
	switch status {
	case http.StatusUnprocessableEntity, http.StatusBadRequest, http.StatusUnsupportedMediaType:
		return r.body > 0
	case http.StatusUnauthorized, http.StatusConflict:
		return r.access == anyone
	}
	return false
}

// newCallers serves real stores to all callers.
func newCallers(t *testing.T, open installation) *fixture {
	t.Helper()
	f := newRealFixture(t, open)
	for _, c := range callers {
		if c.role != "" && f.keys[c.name] == "" {
			f.signIn(t, strings.ReplaceAll(c.name, " ", "-"), c.role)
			f.keys[c.name] = f.keys[strings.ReplaceAll(c.name, " ", "-")]
			if strings.HasPrefix(c.name, "session") {
				f.keys[c.name] = sessionCookie + "=refresh." + f.keys[c.name]
			}
		}
	}
	me := func() Account {
		var a Account
		f.call(t, "owner", "GET", "/api/users/me", "").decode(t, &a)
		return a
	}()
	token := func(change func(jwt.MapClaims), m jwt.SigningMethod, key any) string {
		now := time.Now()
		claims := jwt.MapClaims{
			"iss": "lectern", "aud": []string{"lectern-api"}, "sub": me.ID.String(), "typ": "access",
			"ver": 0, "iat": now.Add(-time.Hour).Unix(), "exp": now.Add(time.Hour).Unix(),
		}
		change(claims)
		signed, err := jwt.NewWithClaims(m, claims).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	signing, hs256 := make([]byte, auth.MinKeyBytes), jwt.SigningMethodHS256
	same := func(jwt.MapClaims) {}
	f.keys["good token"] = token(same, hs256, signing)
	wantStatus(t, f.call(t, "good token", "GET", "/api/users/me", ""), http.StatusOK)
	f.keys["expired token"] = token(func(c jwt.MapClaims) {
		c["exp"] = time.Now().Add(-time.Minute).Unix()
	}, hs256, signing)
	f.keys["forged token"] = token(same, hs256, []byte(strings.Repeat("x", auth.MinKeyBytes)))
	f.keys["token of another audience"] = token(func(c jwt.MapClaims) { c["aud"] = "x" }, hs256, signing)
	f.keys["token without signature"] = token(same, jwt.SigningMethodNone,
		jwt.UnsafeAllowNoneSignatureType)
	f.keys["stale session"] = sessionCookie + "=refresh." + f.keys["expired token"]
	f.keys["session on a page of another origin"] = sessionCookie + "=refresh." + f.keys["good token"]
	f.keys["unknown key"] = auth.KeyPrefix + strings.Repeat("0", 64)

	admin, err := f.deps.Accounts.EnsureLocal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f.signIn(t, "disabled", book.Editor)
	f.keys["token of a disabled account"] = f.keys["disabled"]
	if _, err := f.deps.Accounts.SetDisabled(t.Context(), admin, "disabled", true); err != nil {
		t.Fatal(err)
	}
	for name, expires := range map[string]time.Time{
		"revoked key": {}, "expired key": time.Now().Add(200 * time.Millisecond),
	} {
		secret, key, err := f.deps.Accounts.CreateKey(t.Context(), admin,
			auth.KeyRequest{Username: "owner", Permission: book.PermitIngest, ExpiresAt: expires})
		if err != nil {
			t.Fatal(err)
		}
		f.keys[name] = secret
		if name == "revoked key" {
			if err := f.deps.Accounts.RevokeKey(t.Context(), admin, key.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	time.Sleep(250 * time.Millisecond) // until the key has expired
	return f
}

// anybodyGone reports whether a call has made a good credential worthless.
func (f *fixture) anybodyGone(t *testing.T) bool {
	t.Helper()
	for _, c := range callers {
		if c.role != "" && f.call(t, c.name, "GET", "/api/users/me", "").status != http.StatusOK {
			return true
		}
	}
	return false
}

// thingFor makes something of the owner's that the route's path can name, and returns its name; ""
// for a route whose path names nothing.
func (f *fixture) thingFor(t *testing.T, r route) string {
	t.Helper()
	_, rest, named := strings.Cut(r.path, "{")
	if !named {
		return ""
	}
	var made struct {
		ID uuid.UUID `json:"id"`
	}
	switch parameter, _, _ := strings.Cut(rest, "}"); {
	case parameter == "doc_id":
		f.put(t, "owner", "owner/private", "# Private\n\nA page of its owner.\n", `,"visibility":"private"`)
		return "owner%2Fprivate"
	case parameter == "key_id":
		var key NewKey
		f.call(t, "owner", "POST", "/api/keys", `{"permission":"read"}`).decode(t, &key)
		return key.Record.ID.String()
	case parameter == "user_id":
		var owner Account
		f.call(t, "owner", "GET", "/api/users/me", "").decode(t, &owner)
		made.ID = owner.ID
	case parameter == "invitation_id":
		var invitation NewInvitation
		f.call(t, "admin", "POST", "/api/invitations", `{}`).decode(t, &invitation)
		made.ID = invitation.ID
	case strings.HasPrefix(r.path, "/api/conversations/"):
		var conversation Conversation
		f.call(t, "owner", "POST", "/api/conversations", `{}`).decode(t, &conversation)
		made.ID = conversation.ID
	case parameter == "message_id":
		return f.answeredMessage(t)
	default:
		t.Fatalf("the test makes nothing for %s", r.path)
	}
	return made.ID.String()
}

// answeredMessage makes the owner ask something and say what it thinks of the answer.
func (f *fixture) answeredMessage(t *testing.T) string {
	t.Helper()
	f.put(t, "owner", "owner/servo", "# Servo\n\nA servo motor turns a joint to an exact angle.\n", "")
	var conversation Conversation
	f.call(t, "owner", "POST", "/api/conversations", `{}`).decode(t, &conversation)
	wantStatus(t, f.call(t, "owner", "POST", "/api/query",
		`{"question":"What does a servo motor turn?","conversation_id":"`+conversation.ID.String()+`"}`), 200)
	var whole ConversationMessages
	f.call(t, "owner", "GET", "/api/conversations/"+conversation.ID.String(), "").decode(t, &whole)
	id := whole.Messages[len(whole.Messages)-1].ID.String()
	wantStatus(t, f.call(t, "owner", "POST", "/api/feedback",
		`{"message_id":"`+id+`","rating":1}`), http.StatusOK)
	return id
}

// callRoute calls the route with an empty body, where it takes one.
func (f *fixture) callRoute(t *testing.T, caller string, r route, thing string) reply {
	t.Helper()
	path := r.path
	if before, rest, named := strings.Cut(path, "{"); named {
		_, after, _ := strings.Cut(rest, "}")
		path = before + thing + after
	}
	body := ""
	if r.body > 0 {
		body = "{}"
		if r.id == "update-document" {
			body = `{"visibility":"private"}`
		}
	}
	return f.call(t, caller, r.method, path, body)
}
