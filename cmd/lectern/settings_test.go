package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPrecedence(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lectern.yaml")
	err := os.WriteFile(file, []byte("top-k: 5\naccess: login\njson: true\nlisten: \":9\"\n"), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("LECTERN_CONFIG", file)
	t.Setenv("LECTERN_ACCESS", "public")
	parse := func(args ...string) *cli {
		p := newTestParser(t)
		if _, err := p.kong.Parse(args); err != nil {
			t.Fatal(err)
		}
		return p.cli
	}
	if got := parse("search", "q"); got.Search.TopK != 5 || !got.JSON {
		t.Errorf("the file is not read: top-k is %d, json is %v", got.Search.TopK, got.JSON)
	}
	if got := parse("search", "q").Config.Access; got != "public" {
		t.Errorf("access is %q: the variable must win over the file", got)
	}
	if got := parse("search", "q", "--access", "login").Config.Access; got != "login" {
		t.Errorf("access is %q: the flag must win over the variable", got)
	}
	if got := parse("search", "q", "--top-k=7").Search.TopK; got != 7 {
		t.Errorf("top-k is %d: the flag must win over the file", got)
	}
	if got := parse("serve").Serve.Listen; got != ":9" {
		t.Errorf("listen is %q: the file must win over the default", got)
	}
}

func TestBadConfigurationFile(t *testing.T) {
	for content, want := range map[string]string{
		"lisen: x":              `"lisen" (did you mean "listen"?)`,
		"data_dir: x":           `"data_dir" (did you mean "data-dir"?)`,
		"- a\n- b":              "not a YAML mapping",
		"listen: [a, b]":        `"listen" of the configuration file must be a single value`,
		"access: everybody":     "--access must be one of",
		"a: 1\na: 2":            "not a YAML mapping",
		"top-k: many":           "top-k",
		"\x00":                  "not a YAML mapping",
		"key: &a [*a]":          "not a YAML mapping",
		strings.Repeat("[", 90): "not a YAML mapping",
	} {
		file := filepath.Join(t.TempDir(), "lectern.yaml")
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := newTestParser(t).kong.Parse([]string{"search", "q", "--config", file})
		if err == nil || !strings.Contains(usageMessage(err), want) {
			t.Errorf("%q: %v, want an error with %q", content, err, want)
		}
	}
	_, err := newTestParser(t).kong.Parse([]string{"search", "q", "--config", "nowhere.yaml"})
	if err == nil || !strings.Contains(err.Error(), "nowhere.yaml") {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestNoHome(t *testing.T) {
	t.Setenv("HOME", "")
	t.Setenv("XDG_DATA_HOME", "")
	r := lectern(t, "search", "q")
	if r.code != exitUsage || !strings.Contains(r.stderr, "--data-dir") {
		t.Errorf("exit code %d, %q", r.code, r.stderr)
	}
	for _, args := range [][]string{
		{"version"},
		{"config"},
		{"openapi"},
		{"completion", "bash"},
		{"eval", "--docs", sampleBook, "--answers", sampleBook + "/questions.jsonl"},
	} {
		if r := lectern(t, args...); r.code != 0 {
			t.Errorf("lectern %q needs no data directory, but exits with %d: %s", args, r.code, r.stderr)
		}
	}
}

// An empty variable counts as none, whatever its flag takes.
func TestEmptyVariables(t *testing.T) {
	for _, name := range []string{
		"LECTERN_TOP_K", "LECTERN_JSON", "LECTERN_ACCESS", "LECTERN_LOG_LEVEL", "LECTERN_CONFIG",
	} {
		t.Setenv(name, "")
	}
	file := filepath.Join(t.TempDir(), "lectern.yaml")
	write(t, file, "top-k: 5\n")
	p := newTestParser(t)
	if _, err := p.kong.Parse([]string{"search", "q", "--config", file}); err != nil {
		t.Fatal(err)
	}
	if p.cli.Config.Access != "public" || p.cli.Search.TopK != 5 {
		t.Errorf("access is %q, top-k %d", p.cli.Config.Access, p.cli.Search.TopK)
	}
}

// An empty value is as good as none: it must not become the working directory.
func TestEmptyPath(t *testing.T) {
	t.Setenv("LECTERN_DOCS", "")
	p := newTestParser(t)
	if _, err := p.kong.Parse([]string{"serve", "--data-dir", ""}); err != nil {
		t.Fatal(err)
	}
	if p.cli.Config.DataDir != "" || p.cli.Serve.Docs != "" {
		t.Errorf("--data-dir is %q, --docs %q", p.cli.Config.DataDir, p.cli.Serve.Docs)
	}
}
