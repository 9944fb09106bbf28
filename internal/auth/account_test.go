package auth

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/book"
)

func TestRegister(t *testing.T) {
	f := newFixture(t)
	u, err := f.Register(f.ctx, registration("Ada"))
	if err != nil {
		t.Fatal(err)
	}
	if u.Role != book.Reader || u.Username != "Ada" || u.Disabled {
		t.Errorf("a new account is %+v, want an enabled reader called Ada", u)
	}
	if !strings.HasPrefix(u.PasswordHash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("password hash %q is not argon2id with 19 MiB, t=2, p=1", u.PasswordHash)
	}
	for _, c := range []struct {
		name string
		r    Registration
		want book.Code
	}{
		{"taken name", Registration{"ada", "other@example.org", goodPassword, ""}, book.Conflict},
		{"taken address", Registration{"bob", "ADA@example.org", goodPassword, ""}, book.Conflict},
		{"built-in", registration("local"), book.Conflict},
		{"built-in in capitals", registration("LoCaL"), book.Conflict},
		{"short name", registration("ab"), book.Invalid},
		{"long name", registration(strings.Repeat("a", 65)), book.Invalid},
		{"name with a space", registration("a da"), book.Invalid},
		{"name like an address", registration("ada@example"), book.Invalid},
		{"letters that look alike", registration("adа"), book.Invalid},
		{"name beginning with a dot", registration(".ada"), book.Invalid},
		{"name with a line break", registration("bob\n"), book.Invalid},
		{"no address", Registration{"bob", "", goodPassword, ""}, book.Invalid},
		{"no real address", Registration{"bob", "bob", goodPassword, ""}, book.Invalid},
		{"address with a name", Registration{"bob", "Bob <b@example.org>", goodPassword, ""}, book.Invalid},
		{
			"long address",
			Registration{"bob", strings.Repeat("b", 250) + "@x.org", goodPassword, ""},
			book.Invalid,
		},
		{"short password", Registration{"bob", "b@example.org", "1234567", ""}, book.Invalid},
		{"long password", Registration{"bob", "b@example.org", strings.Repeat("x", 129), ""}, book.Invalid},
		{"common password", Registration{"bob", "b@example.org", "Password1", ""}, book.Invalid},
		{"password like the name", Registration{"bob.smith", "b@example.org", "BOB.smith", ""}, book.Invalid},
		{
			"password like the address",
			Registration{"bob", "b@example.org", "b@example.org", ""},
			book.Invalid,
		},
		{"password of broken UTF-8", Registration{"bob", "b@example.org", "12345678\xff", ""}, book.Invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := f.Register(f.ctx, c.r)
			wantCode(t, err, c.want)
			if err != nil && strings.Contains(err.Error(), c.r.Password) && c.r.Password != "" {
				t.Errorf("the error tells the password: %v", err)
			}
		})
	}
	for _, r := range []Registration{
		{"max", "max@example.org", strings.Repeat("é", 128), ""},
		{"min", "min@example.org", "kwyrilat", ""},
		{strings.Repeat("m", 64), "m@example.org", goodPassword, ""},
	} {
		if _, err := f.Register(f.ctx, r); err != nil {
			t.Errorf("registering %q: %v", r.Username, err)
		}
	}
	// The last character counts, and one more is another password.
	longest := strings.Repeat("é", 128)
	for _, wrong := range []string{strings.Repeat("é", 127), strings.Repeat("é", 127) + "e", longest + "é"} {
		_, err := f.Login(f.ctx, "max", wrong)
		wantCode(t, err, book.Unauthenticated)
	}
	if _, err := f.Login(f.ctx, "max", longest); err != nil {
		t.Error(err)
	}
}

func TestEnsureLocal(t *testing.T) {
	f := newFixture(t)
	again, err := f.EnsureLocal(f.ctx)
	if err != nil || again != f.admin {
		t.Fatalf("EnsureLocal gave %v and then %v, %v", f.admin, again, err)
	}
	if f.admin.Role != book.Admin || f.admin.Username != book.LocalUsername {
		t.Errorf("the built-in account is %+v", f.admin)
	}
	for _, password := range []string{"", goodPassword, "local"} {
		_, err := f.Login(f.ctx, "local", password)
		wantCode(t, err, book.Unauthenticated)
	}
	_, err = f.SetDisabled(f.ctx, f.admin, "local", true)
	wantCode(t, err, book.Forbidden)
	_, err = f.SetRole(f.ctx, f.admin, "LOCAL", book.Reader)
	wantCode(t, err, book.Forbidden)
	name := "me2"
	_, err = f.UpdateMe(f.ctx, f.admin, AccountChange{Username: &name})
	wantCode(t, err, book.Forbidden)
}

func TestManagingAccountsTakesAnAdmin(t *testing.T) {
	f := newFixture(t)
	f.user(t, "ada", book.Reader)
	for _, c := range []struct {
		who  book.Principal
		want book.Code
	}{
		{book.Principal{}, book.Unauthenticated},
		{f.user(t, "reader", book.Reader), book.Forbidden},
		{f.user(t, "editor", book.Editor), book.Forbidden},
	} {
		_, err := f.CreateUser(f.ctx, c.who, registration("new"), book.Reader)
		wantCode(t, err, c.want)
		_, err = f.SetRole(f.ctx, c.who, "ada", book.Admin)
		wantCode(t, err, c.want)
		_, err = f.SetDisabled(f.ctx, c.who, "ada", true)
		wantCode(t, err, c.want)
		_, err = f.ListUsers(f.ctx, c.who, "", 10)
		wantCode(t, err, c.want)
	}
	_, err := f.CreateUser(f.ctx, f.admin, registration("new"), "emperor")
	wantCode(t, err, book.Invalid)
	_, err = f.SetRole(f.ctx, f.admin, "ada", "emperor")
	wantCode(t, err, book.Invalid)
	_, err = f.SetRole(f.ctx, f.admin, "nobody", book.Editor)
	wantCode(t, err, book.NotFound)
	users, err := f.ListUsers(f.ctx, f.admin, "ada", 2)
	if err != nil || len(users) != 2 || users[0].Username != "editor" {
		t.Errorf("users after ada: %+v, %v", users, err)
	}
}

func TestCreateUserWithoutPassword(t *testing.T) {
	f := newFixture(t)
	for _, name := range []string{"bot1", "bot2"} { // also: two accounts without an address
		if _, err := f.CreateUser(f.ctx, f.admin, Registration{Username: name}, book.Editor); err != nil {
			t.Fatal(err)
		}
		_, err := f.Login(f.ctx, name, "")
		wantCode(t, err, book.Unauthenticated)
	}
}

func TestSetRoleHoldsAtOnce(t *testing.T) {
	f := newFixture(t)
	f.user(t, "ada", book.Reader)
	access := f.login(t, "ada").Access
	if _, err := f.SetRole(f.ctx, f.admin, "ada", book.Editor); err != nil {
		t.Fatal(err)
	}
	p, err := f.Authenticate(f.ctx, access)
	if err != nil || p.Role != book.Editor {
		t.Errorf("after SetRole the token is %+v, %v; want an editor", p, err)
	}
}

func TestDisable(t *testing.T) {
	f := newFixture(t)
	ada := f.user(t, "ada", book.Editor)
	tokens := f.login(t, "ada")
	key, _, err := f.CreateKey(f.ctx, ada, KeyRequest{Permission: book.PermitIngest})
	if err != nil {
		t.Fatal(err)
	}
	u, err := f.SetDisabled(f.ctx, f.admin, "ada", true)
	if err != nil || !u.Disabled || u.TokenVersion != 1 {
		t.Fatalf("disabled to %+v, %v; want its tokens worthless for good", u, err)
	}
	_, err = f.Authenticate(f.ctx, tokens.Access)
	wantCode(t, err, book.Unauthenticated)
	_, err = f.Authenticate(f.ctx, key)
	wantCode(t, err, book.Unauthenticated)
	_, err = f.Refresh(f.ctx, tokens.Refresh)
	if diff := cmp.Diff(errSession().Error(), err.Error()); diff != "" {
		t.Errorf("a refresh has an answer of its own: %s", diff)
	}
	_, err = f.Login(f.ctx, "ada", goodPassword)
	wantCode(t, err, book.Unauthenticated)
	name := "ada2"
	_, err = f.UpdateMe(f.ctx, ada, AccountChange{Username: &name})
	wantCode(t, err, book.Unauthenticated)
}

func TestUpdateMe(t *testing.T) {
	f := newFixture(t)
	ada := f.user(t, "ada", book.Editor)
	f.user(t, "bob", book.Reader)
	name, address := "ada2", "ada2@example.org"
	_, err := f.UpdateMe(f.ctx, ada, AccountChange{Email: &address})
	wantCode(t, err, book.Forbidden)
	wrong, password := "incorrect horse", goodPassword
	_, err = f.UpdateMe(f.ctx, ada, AccountChange{Email: &address, Password: &wrong})
	wantCode(t, err, book.Forbidden)
	u, err := f.UpdateMe(f.ctx, ada,
		AccountChange{Username: &name, Email: &address, Password: &password})
	if err != nil || u.Username != name || u.Email != address || u.Role != book.Editor {
		t.Fatalf("UpdateMe gave %+v, %v", u, err)
	}
	f.login(t, address)
	for value, want := range map[string]book.Code{
		"bob": book.Conflict, "Local": book.Conflict, "x": book.Invalid,
	} {
		_, err := f.UpdateMe(f.ctx, ada, AccountChange{Username: &value})
		wantCode(t, err, want)
	}
	lesser := ada
	lesser.Role = book.Reader // as a key for reading gives
	_, err = f.UpdateMe(f.ctx, lesser, AccountChange{Email: &address})
	wantCode(t, err, book.Forbidden)
}
