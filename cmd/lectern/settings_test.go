package main

import (
	"os"
	"path/filepath"
	"slices"
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
		if _, err := p.parse(args); err != nil {
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
		"lisen: x":                `:1: there is no setting "lisen"; did you mean listen?`,
		"json: true\ndata_dir: x": `:2: there is no setting "data_dir"; did you mean data-dir?`,
		"quux-frobnicate: 1":      `:1: there is no setting "quux-frobnicate"; the nearest is`,
		"- a\n- b":                ":1: it is not a YAML mapping",
		"just words":              ":1: it is not a YAML mapping",
		"listen: [a, b]":          ":1: listen must have a single value",
		"listen:":                 ":1: listen has no value",
		"access: everybody":       `:1: access is "everybody"; it must be public or login`,
		"json: 1\njson: 2":        ":2: json is in line 1, too",
		"top-k: many":             `:1: top-k is "many", which is no whole number`,
		"json: true\n---\n":       "only its first YAML document would be read",
		"json: true\na: b: c":     ":2: it is not YAML",
		"\x00":                    "it is not YAML",
		"key: &a [*a]":            ":1: key must have a single value",
		"key: *hunter2":           "it is not YAML",
		strings.Repeat("[", 90):   "it is not YAML",
	} {
		file := filepath.Join(t.TempDir(), "lectern.yaml")
		write(t, file, content)
		_, err := newTestParser(t).parse([]string{"search", "q", "--config", file})
		if err == nil || !strings.Contains(usageMessage(err), want) {
			t.Errorf("%q: %v, want an error with %q", content, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: the secret is in %v", content, err)
		}
	}
	for _, test := range []struct{ path, want string }{
		{"nowhere.yaml", "the configuration file nowhere.yaml is not there"},
		{t.TempDir(), "cannot be read: is a directory"},
	} {
		_, err := newTestParser(t).parse([]string{"search", "q", "--config", test.path})
		if err == nil || !strings.Contains(usageMessage(err), test.want) {
			t.Errorf("%s: %v", test.path, err)
		}
	}
}

// FuzzConfigurationFile: whatever the file holds, its faults name lines that it has, and what it
// gives are values of settings that exist.
func FuzzConfigurationFile(f *testing.F) {
	for _, seed := range []string{
		"listen: ':80'\n", "lisen: 1\nlisen: 2\n", "a: [b, *c]", "key: &a [*a]", "<<: {json: 1}", "? [x]\n: y",
		"json: !!binary aGk=", "top-k: 0x1F\n---\nb: c", "\ufeffjson: true", "%YAML 9.9\n---\n", "x:\r\n  - y",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p := newTestParser(t)
		var found faults
		p.readSettings("f.yaml", text, &found)
		lines := strings.Count(strings.ReplaceAll(string(text), "\r", "\n"), "\n") + 1
		lines += strings.Count(string(text), "\u0085") + strings.Count(string(text), "\u2028") +
			strings.Count(string(text), "\u2029") // YAML 1.1 ends lines with these, too
		for _, one := range found {
			if one.rank() != 2 || one.line() > lines || one.message == "" {
				t.Errorf("%d lines, %+v", lines, one)
			}
		}
		for name := range p.given {
			if !slices.Contains(p.names(), name) {
				t.Errorf("there is no setting %q", name)
			}
		}
		_ = found.err()
	})
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
	if _, err := p.parse([]string{"search", "q", "--config", file}); err != nil {
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
	if _, err := p.parse([]string{"serve", "--data-dir", ""}); err != nil {
		t.Fatal(err)
	}
	if p.cli.Config.DataDir != "" || p.cli.Serve.Docs != "" {
		t.Errorf("--data-dir is %q, --docs %q", p.cli.Config.DataDir, p.cli.Serve.Docs)
	}
}
