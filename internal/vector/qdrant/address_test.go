package qdrant

import (
	"strings"
	"testing"

	"github.com/lectern-project/lectern/internal/book"
)

func TestParseURL(t *testing.T) {
	for text, want := range map[string]string{
		"qdrant":                   "qdrant:6334",
		"localhost:7000":           "localhost:7000",
		"http://localhost:6334":    "localhost:6334",
		"http://localhost:6334/":   "localhost:6334",
		"https://a.cloud.example":  "a.cloud.example:6334 tls",
		"HTTPS://a.example:443":    "a.example:443 tls",
		"127.0.0.1:6334":           "127.0.0.1:6334",
		"[::1]:6334":               "[::1]:6334",
		"http://[fe80::1]":         "[fe80::1]:6334",
		"":                         "",
		"ftp://localhost:6334":     "",
		"http://secret@host:6334":  "",
		"http://host:6334/secret":  "",
		"http://host?secret=1":     "",
		"host:0":                   "",
		"host:70000":               "",
		"host:secret":              "",
		"http://host:6334#secret":  "",
		"https://u:secret@host:/x": "",
		"http://":                  "",
		"secret one":               "",
	} {
		at, err := parseURL(text)
		got := at.String()
		if at.tls {
			got += " tls"
		}
		switch {
		case want == "" && book.CodeOf(err) != book.Invalid:
			t.Errorf("%q: %v, %v; want invalid", text, at, err)
		case want == "" && strings.Contains(err.Error(), "secret"):
			t.Errorf("%q shows what it was given: %v", text, err)
		case want != "" && (err != nil || got != want):
			t.Errorf("%q: %q, %v; want %q", text, got, err, want)
		}
	}
}

func TestOpenRefusesKeys(t *testing.T) {
	for _, key := range []string{"secret\n", "sec\u00e9cret", "\x00secret"} {
		_, err := Open(Config{URL: "localhost", APIKey: key})
		if book.CodeOf(err) != book.Invalid || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v, want invalid without the key", key, err)
		}
	}
}
