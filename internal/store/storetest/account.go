package storetest

import (
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

var userCases = map[string]func(*fixture){
	"KeepsEverything": func(f *fixture) {
		u, err := f.CreateUser(f.ctx, book.User{
			ID: uuid.New(), Username: "Zoë 'Z'", Email: "Zoe@Example.org", PasswordHash: "$argon2id$x",
			Role: book.Admin, Disabled: true, TokenVersion: 3,
		})
		f.ok(err)
		if u.CreatedAt.IsZero() || !u.UpdatedAt.Equal(u.CreatedAt) {
			f.Errorf("created %v, updated %v", u.CreatedAt, u.UpdatedAt)
		}
		f.reopen()
		got, err := f.UserByID(f.ctx, u.ID)
		f.ok(err)
		f.equal(got, u)
		for _, login := range []string{"Zoë 'Z'", "ZOË 'z'", "zoe@example.org", "ZOE@EXAMPLE.ORG"} {
			got, err := f.UserByLogin(f.ctx, login)
			f.ok(err)
			f.equal(got, u)
		}
	},

	"Missing": func(f *fixture) {
		_, err := f.UserByID(f.ctx, uuid.New())
		f.fails(err, book.NotFound)
		for _, login := range []string{"", "none", "%", "An_"} {
			_, err = f.UserByLogin(f.ctx, login)
			f.fails(err, book.NotFound)
		}
		_, err = f.UpdateUser(f.ctx, uuid.New(), func(*book.User) error {
			f.Error("an account that is absent is changed")
			return nil
		})
		f.fails(err, book.NotFound)
	},

	"Taken": func(f *fixture) {
		for _, u := range []book.User{
			{ID: uuid.New(), Username: "aNN"},
			{ID: uuid.New(), Username: "new", Email: "ANN@example.ORG"},
			{ID: f.ann.ID, Username: "new"},
		} {
			u.Role = book.Reader
			_, err := f.CreateUser(f.ctx, u)
			f.fails(err, book.Conflict)
		}
		_, err := f.UpdateUser(f.ctx, f.bob.ID, func(u *book.User) error {
			u.Username = "ANN"
			return nil
		})
		f.fails(err, book.Conflict)
		_, err = f.UpdateUser(f.ctx, f.bob.ID, func(u *book.User) error {
			u.Email = "ann@EXAMPLE.org"
			return nil
		})
		f.fails(err, book.Conflict)
		got, err := f.UserByID(f.ctx, f.bob.ID)
		f.ok(err)
		f.equal(got, f.bob)
		users, err := f.ListUsers(f.ctx, "", 10)
		f.ok(err)
		f.equal(len(users), 2)
	},

	"WithoutEmail": func(f *fixture) {
		for _, name := range []string{"one", "two"} {
			_, err := f.CreateUser(f.ctx, book.User{
				ID: uuid.New(), Username: name, Role: book.Reader,
			})
			f.ok(err)
		}
	},

	"UsernameBeforeEmail": func(f *fixture) {
		u := f.addUser("carl")
		u = f.change(u, func(u *book.User) { u.Username = "ann@example.org" })
		got, err := f.UserByLogin(f.ctx, "Ann@example.org")
		f.ok(err)
		f.equal(got, u)
	},

	"Update": func(f *fixture) {
		f.pass(2 * time.Millisecond)
		want := f.ann
		want.Username, want.Email, want.PasswordHash = "ANNA", "anna@example.org", "hash"
		want.Role, want.Disabled, want.TokenVersion = book.Admin, true, 9
		got := f.change(f.ann, func(u *book.User) {
			f.equal(*u, f.ann)
			*u = want
			u.ID, u.CreatedAt, u.UpdatedAt = uuid.New(), time.Time{}, time.Time{}
		})
		if !got.UpdatedAt.After(f.ann.UpdatedAt) {
			f.Errorf("updated %v, before %v", got.UpdatedAt, f.ann.UpdatedAt)
		}
		want.UpdatedAt = got.UpdatedAt
		f.equal(got, want)
		f.reopen()
		got, err := f.UserByLogin(f.ctx, "anna")
		f.ok(err)
		f.equal(got, want)
		_, err = f.UserByLogin(f.ctx, "ann")
		f.fails(err, book.NotFound)
	},

	"UpdateRefused": func(f *fixture) {
		_, err := f.UpdateUser(f.ctx, f.ann.ID, func(u *book.User) error {
			u.Username = "x"
			return book.Errorf(book.Forbidden, "not so")
		})
		f.fails(err, book.Forbidden)
		_, err = f.UpdateUser(f.ctx, f.ann.ID, func(u *book.User) error {
			u.Role = "root"
			return nil
		})
		f.fails(err, book.Invalid)
		got, err := f.UserByID(f.ctx, f.ann.ID)
		f.ok(err)
		f.equal(got, f.ann)
	},

	"LastAdmin": func(f *fixture) {
		admin := func(u *book.User) { u.Role, u.PasswordHash = book.Admin, "hash" }
		count := func(want int) {
			f.Helper()
			n, err := f.CountAdmins(f.ctx)
			f.ok(err)
			f.equal(n, want)
		}
		count(0)
		f.change(f.ann, func(u *book.User) { u.Role = book.Admin }) // nobody can sign in as it
		count(0)
		f.change(f.ann, func(u *book.User) { u.Role = book.Editor })
		ann, bob := f.change(f.ann, admin), f.change(f.bob, admin)
		count(2)
		f.change(ann, func(u *book.User) { u.Role = book.Editor })
		count(1)
		for name, change := range map[string]func(*book.User){
			"demoted":  func(u *book.User) { u.Role = book.Editor },
			"disabled": func(u *book.User) { u.Disabled = true },
			"locked":   func(u *book.User) { u.PasswordHash = "" },
		} {
			_, err := f.UpdateUser(f.ctx, bob.ID, func(u *book.User) error {
				change(u)
				return nil
			})
			if book.CodeOf(err) != book.Conflict {
				f.Errorf("the last administrator is %s: %v", name, err)
			}
		}
		count(1)
		f.change(bob, func(u *book.User) { u.PasswordHash = "another" })
	},

	"Invalid": func(f *fixture) {
		for name, u := range map[string]book.User{
			"role":     {ID: uuid.New(), Username: "x", Role: "root"},
			"username": {ID: uuid.New(), Role: book.Reader},
			"id":       {Username: "x", Role: book.Reader},
		} {
			if _, err := f.CreateUser(f.ctx, u); book.CodeOf(err) != book.Invalid {
				f.Errorf("%s: %v, want invalid", name, err)
			}
		}
	},

	"ListPages": func(f *fixture) {
		for _, name := range []string{"carl", "DORA", "abe"} {
			f.addUser(name)
		}
		var got []string
		for after := ""; ; after = got[len(got)-1] {
			users, err := f.ListUsers(f.ctx, after, 2)
			f.ok(err)
			if len(users) == 0 {
				break
			}
			for _, u := range users {
				got = append(got, u.Username)
			}
		}
		f.equal(got, []string{"abe", "Ann", "Bob", "carl", "DORA"})
	},
}

// change changes an account.
func (f *fixture) change(u book.User, change func(u *book.User)) book.User {
	f.Helper()
	changed, err := f.UpdateUser(f.ctx, u.ID, func(u *book.User) error {
		change(u)
		return nil
	})
	f.ok(err)
	return changed
}
