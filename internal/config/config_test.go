package config

import (
	"testing"

	"github.com/lectern-project/lectern/internal/book"
)

func TestWithDefaults(t *testing.T) {
	t.Setenv("HOME", "/home/ada")
	for _, test := range []struct{ given, xdg, want string }{
		{"/srv/book", "/xdg", "/srv/book"},
		{"", "/xdg", "/xdg/lectern"},
		{"", "", "/home/ada/.local/share/lectern"},
		{"", "relative", "/home/ada/.local/share/lectern"},
	} {
		t.Setenv("XDG_DATA_HOME", test.xdg)
		got, err := Config{DataDir: test.given}.WithDefaults()
		if err != nil || got.DataDir != test.want {
			t.Errorf("%+v: %q, %v", test, got.DataDir, err)
		}
	}
	t.Setenv("XDG_DATA_HOME", "")
	t.Setenv("HOME", "")
	if _, err := (Config{}).WithDefaults(); book.CodeOf(err) != book.Invalid {
		t.Errorf("without a home directory: %v", err)
	}
}

func TestValidate(t *testing.T) {
	for access, want := range map[string]book.Code{
		"public": "", "login": "", "": book.Invalid, "all": book.Invalid,
	} {
		if got := book.CodeOf(Config{Access: access}.Validate()); got != want {
			t.Errorf("access %q: %q, want %q", access, got, want)
		}
	}
}
