package sqlite_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store/sqlite"
)

// TestWriteTogether: of writes that share a transaction each happens wholly or not at all.
func TestWriteTogether(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	refused := book.Errorf(book.Invalid, "refused")
	big := strings.Repeat("x", 1<<20)
	tests := []struct {
		name   string
		writes []sqlite.TestWrite
		want   []book.Code
		there  string // the users that are there afterwards
	}{
		{
			"all go well",
			[]sqlite.TestWrite{{User: user("ann")}, {User: user("bob")}, {User: user("cem")}},
			[]book.Code{"", "", ""},
			"ann bob cem",
		},
		{
			"one is refused",
			[]sqlite.TestWrite{
				{User: user("ann")}, {User: user("bob"), Fail: refused}, {User: user("cem")},
			},
			[]book.Code{"", book.Invalid, ""},
			"ann cem",
		},
		{
			"one breaks a rule",
			[]sqlite.TestWrite{{User: user("ann")}, {User: user("ann")}, {User: user("cem")}},
			[]book.Code{"", book.Conflict, ""},
			"ann cem",
		},
		{
			"one has left",
			[]sqlite.TestWrite{
				{User: user("ann"), Ctx: ended}, {User: user("bob")}, {User: user("cem")},
			},
			[]book.Code{book.Canceled, "", ""},
			"bob cem",
		},
		{
			"all have left",
			[]sqlite.TestWrite{{User: user("ann"), Ctx: ended}, {User: user("bob"), Ctx: ended}},
			[]book.Code{book.Canceled, book.Canceled},
			"",
		},
		{
			"one is alone",
			[]sqlite.TestWrite{{User: user("ann"), Fail: refused}},
			[]book.Code{book.Invalid},
			"",
		},
		{
			"the disk is full",
			[]sqlite.TestWrite{
				{User: user("ann")}, {User: book.User{
					ID: uuid.New(), Username: "bob", Role: book.Reader, PasswordHash: big,
				}}, {User: user("cem")},
			},
			[]book.Code{book.Unavailable, book.Unavailable, book.Unavailable},
			"",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := open(t, filepath.Join(t.TempDir(), "lectern.db"))
			defer s.Close()
			sqlite.LimitPages(t, s, 20)
			for i := range tt.writes {
				if tt.writes[i].Ctx == nil {
					tt.writes[i].Ctx = t.Context()
				}
			}
			var got []book.Code
			for _, err := range sqlite.WriteTogether(s, tt.writes...) {
				got = append(got, book.CodeOf(err))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("codes (-want +got):\n%s", diff)
			}
			var there []string
			for _, name := range []string{"ann", "bob", "cem"} {
				if _, err := s.UserByLogin(t.Context(), name); err == nil {
					there = append(there, name)
				}
			}
			if diff := cmp.Diff(tt.there, strings.Join(there, " ")); diff != "" {
				t.Errorf("users (-want +got):\n%s", diff)
			}
			if _, err := s.CreateUser(t.Context(), user("dora")); err != nil {
				t.Errorf("the next write: %v", err)
			}
		})
	}
}

func user(name string) book.User {
	return book.User{ID: uuid.New(), Username: name, Role: book.Reader}
}
