package config

import (
	"math"
	"strings"
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
		if got := book.CodeOf(Config{Access: access}.Faults().Err()); got != want {
			t.Errorf("access %q: %q, want %q", access, got, want)
		}
	}
}

func TestEmbedding(t *testing.T) {
	for _, test := range []struct {
		config Config
		want   book.Code
	}{
		{Config{Embedder: "gemini", EmbeddingDimensions: 1, DenseWeight: 1}, ""},
		{Config{Embedder: "openai"}, ""},
		{Config{Embedder: "word2vec"}, book.Invalid},
		{Config{ConversationDays: 36500}, ""},
		{Config{ConversationDays: -1}, book.Invalid},
		{Config{ConversationDays: 36501}, book.Invalid},
		{Config{EmbeddingDimensions: -1}, book.Invalid},
		{Config{DenseWeight: -0.1}, book.Invalid},
		{Config{DenseWeight: 1.1}, book.Invalid},
		{Config{DenseWeight: math.NaN()}, book.Invalid},
	} {
		test.config.Access = "public"
		if got := book.CodeOf(test.config.Faults().Err()); got != test.want {
			t.Errorf("%+v: %q, want %q", test.config, got, test.want)
		}
	}
}

func TestDataDirIsNotNeeded(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", "")
	t.Setenv("HOME", "")
	for _, c := range []Config{{}, {DatabaseURL: "x"}, {QdrantURL: "x"}} {
		if _, err := c.WithDefaults(); book.CodeOf(err) != book.Invalid {
			t.Errorf("%+v needs no data directory: %v", c, err)
		}
	}
	remote := Config{DatabaseURL: "x", QdrantURL: "x", SigningKey: "x"}
	if got, err := remote.WithDefaults(); err != nil || got.DataDir != "" {
		t.Errorf("everything is remote, but %q, %v", got.DataDir, err)
	}
	if !remote.Embedded().NeedsDataDir() || remote.Embedded().SigningKey != "" {
		t.Errorf("embedded is %+v", remote.Embedded())
	}
}

func TestCollection(t *testing.T) {
	for name, want := range map[string]book.Code{
		"robotics_book": "", "B-2": "", "": book.Invalid, "a/b": book.Invalid, "a b": book.Invalid,
		strings.Repeat("a", 65): book.Invalid,
	} {
		c := Config{Access: "public", QdrantURL: "x", Collection: name}
		if got := book.CodeOf(c.Faults().Err()); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestSigningKeyFaults(t *testing.T) {
	const long = "0123456789abcdef0123456789abcdef"
	short := long[:MinSigningKey-1]
	for _, test := range []struct {
		database, key string
		want          book.Code
	}{
		{"", "", ""},
		{"", long, ""},
		{"", short, book.Invalid},
		{"x", "", book.Invalid},
		{"x", short, book.Invalid},
		{"x", long, ""},
		{"x", strings.Repeat("k", MinSigningKey), book.Invalid},
		{"x", "your-secret-key-change-in-production!", book.Invalid},
	} {
		err := Config{DatabaseURL: test.database, SigningKey: test.key}.SigningKeyFaults().Err()
		if got := book.CodeOf(err); got != test.want {
			t.Errorf("%+v: %q, want %q", test, got, test.want)
		}
		if err != nil && strings.Contains(err.Error(), short) {
			t.Errorf("the key is in %v", err)
		}
	}
}

func TestAccountSettings(t *testing.T) {
	for _, c := range []struct {
		config Config
		want   book.Code
	}{
		{Config{Registration: "invitation"}, ""},
		{Config{Registration: "everybody"}, book.Invalid},
		{Config{PublicURL: "https://ask.example.org/book"}, ""},
		{Config{PublicURL: "ask.example.org"}, book.Invalid},
		{Config{PublicURL: "https://ask.example.org/#x"}, book.Invalid},
		{Config{SMTPURL: "smtp://x"}, book.Invalid},
		{Config{SMTPURL: "smtp://x", MailFrom: "a@b"}, book.Invalid},
		{Config{SMTPURL: "smtp://x", MailFrom: "a@b", PublicURL: "https://x"}, ""},
		{Config{AdminUsername: "ada"}, book.Invalid},
		{Config{AdminPassword: "x"}, book.Invalid},
		{Config{AdminUsername: "ada", AdminPassword: "x"}, ""},
	} {
		c.config.Access = "public"
		if got := book.CodeOf(c.config.Faults().Err()); got != c.want {
			t.Errorf("%+v: %q, want %q", c.config, got, c.want)
		}
	}
}
