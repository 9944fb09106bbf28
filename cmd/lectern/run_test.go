package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/store/postgres"
	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
)

const sampleBook = "../../examples/robotics-book"

// asProgram, when set, makes the test's program lectern itself, for tests that need a process.
const asProgram = "LECTERN_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "LECTERN_") && !strings.HasPrefix(name, "LECTERN_TEST_") &&
			!strings.HasPrefix(name, "LECTERN_REQUIRE_") {
			os.Unsetenv(name)
		}
	}
	if os.Getenv(asProgram) != "" {
		main()
	}
	pgtest.Main(m, postgres.Migrate)
}

// result is what a run of the command line left.
type result struct {
	code           int
	stdout, stderr string
}

// lectern runs the command line.
func lectern(t *testing.T, args ...string) result {
	t.Helper()
	return lecternWith(t, "", args...)
}

func lecternWith(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	var stdout, stderr buffer
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // ends what should have failed
	defer cancel()
	code := run(ctx, args, strings.NewReader(stdin), &stdout, &stderr)
	return result{code, stdout.String(), stderr.String()}
}

// succeed fails the test unless the command exited with 0, and decodes its JSON into out, if not nil.
func succeed(t *testing.T, out any, args ...string) {
	t.Helper()
	r := lectern(t, args...)
	if r.code != 0 {
		t.Fatalf("lectern %q exits with %d: %s", args, r.code, r.stderr)
	}
	if out == nil {
		return
	}
	if strings.Count(r.stdout, "\n") != 1 {
		t.Errorf("lectern %q prints not one line but %q", args, r.stdout)
	}
	if err := json.Unmarshal([]byte(r.stdout), out); err != nil {
		t.Fatalf("lectern %q prints %q: %v", args, r.stdout, err)
	}
}

// buffer is written to by several goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// files writes files below a new folder and returns it.
func files(t *testing.T, contents map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "book")
	for name, text := range contents {
		write(t, filepath.Join(dir, name), text)
	}
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// keys returns the shape of a JSON value: its objects' keys, with null for what is no object.
func keys(value any) any {
	object, ok := value.(map[string]any)
	if !ok {
		return nil
	}
	shape := map[string]any{}
	for key, inner := range object {
		shape[key] = keys(inner)
	}
	return shape
}

// checkShape compares the keys of a JSON object with those of a sample.
func checkShape(t *testing.T, name string, got map[string]any, sample string) {
	t.Helper()
	var want map[string]any
	if err := json.Unmarshal([]byte(sample), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(keys(want), keys(got)); diff != "" {
		t.Errorf("%s has other keys (-want +got):\n%s", name, diff)
	}
}

func TestSampleBook(t *testing.T) {
	data := t.TempDir()
	var first, again, report, key map[string]any
	succeed(t, &first, "ingest", sampleBook, "--json", "--data-dir", data)
	checkShape(t, "ingest", first, `{"documents":{"added":1,"updated":1,"unchanged":1,"deleted":1,
		"failed":1},"chunks":{"added":1,"kept":1,"removed":1},"seconds":1}`)
	added := first["documents"].(map[string]any)["added"].(float64)
	if added < 12 {
		t.Errorf("%v pages were added", added)
	}
	succeed(t, &again, "ingest", sampleBook, "--json", "--data-dir", data)
	if got := again["documents"].(map[string]any)["unchanged"]; got != added {
		t.Errorf("%v of %v pages are unchanged", got, added)
	}

	var found struct {
		Passages []struct {
			DocID string `json:"doc_id"`
			Text  string `json:"text"`
		}
		Degraded []string
	}
	const question = "What is the zero-moment point?"
	succeed(t, &found, "search", question, "--top-k", "3", "--json", "--data-dir", data)
	if len(found.Passages) != 3 || found.Passages[0].DocID != "whole-body/bipedal-balance" {
		t.Errorf("search finds %+v", found.Passages)
	}
	if found.Degraded == nil || len(found.Degraded) > 0 {
		t.Errorf("degraded is %q, want []", found.Degraded)
	}
	var reply struct {
		Answer    string
		Refused   bool
		Citations []struct {
			DocID string `json:"doc_id"`
			URL   string `json:"url"`
		}
	}
	succeed(t, &reply, "ask", question, "--json", "--data-dir", data)
	if reply.Refused || len(reply.Citations) == 0 {
		t.Fatalf("the answer is %+v", reply)
	}
	for _, word := range []string{reply.Citations[0].URL, "[1]"} {
		if got := lectern(t, "ask", question, "--data-dir", data); !strings.Contains(got.stdout, word) {
			t.Errorf("ask prints no %q: %q", word, got.stdout)
		}
	}

	followed := lecternWith(t, "\nWhy?\n \nTell me more", "ask", question, "-c", "--data-dir", data)
	if got := strings.Count(followed.stderr, "Searched for: "); got != 2 || followed.code != 0 {
		t.Errorf("two follow-up questions print %q and %q", followed.stdout, followed.stderr)
	}

	succeed(t, &report, "doctor", "--json", "--data-dir", data)
	want := map[string]any{
		"documents": added, "chunks": report["chunks"], "vectors": report["chunks"],
		"ledger": 0.0, "missing": 0.0, "stray": 0.0, "mismatched": 0.0, "orphaned": 0.0,
	}
	if diff := cmp.Diff(want, report); diff != "" {
		t.Errorf("doctor (-want +got):\n%s", diff)
	}
	succeed(t, &key, "key", "create", "--permission", "ingest", "--json", "--data-dir", data)
	checkShape(t, "key create", key, `{"id":1,"key":1,"prefix":1,"permission":1,"expires_at":null}`)
}

func TestDocuments(t *testing.T) {
	data := t.TempDir()
	dir := files(t, map[string]string{
		"a/one.md": "# One\n\nThe first page is about foxes.",
		"two.md":   "# Two\n\nThe second page is about owls.",
	})
	succeed(t, nil, "ingest", dir, "--data-dir", data, "--visibility", "private")
	if got := lectern(t, "documents", "list", "--data-dir", data).stdout; !strings.Contains(got,
		"a/one.md") || !strings.Contains(got, "private") || strings.Count(got, "\n") != 3 {
		t.Errorf("documents list prints %q", got)
	}
	var document struct {
		Visibility, Source, Owner string
		Text                      *string
	}
	succeed(t, &document, "documents", "show", "a/one.md", "--json", "--data-dir", data)
	if document.Source != "book" || document.Owner != "local" || document.Text == nil {
		t.Errorf("documents show prints %+v", document)
	}
	got := lectern(t, "documents", "show", "a/one.md", "--data-dir", data).stdout
	if !strings.Contains(got, "source      book\n") || !strings.Contains(got, "about foxes.") {
		t.Errorf("documents show prints %q", got)
	}
	succeed(t, &document, "documents", "set-visibility", "a/one.md", "public", "--json",
		"--data-dir", data)
	if document.Visibility != "public" {
		t.Errorf("the document is %s", document.Visibility)
	}
	succeed(t, nil, "documents", "delete", "a/one.md", "two.md", "--data-dir", data)
	var list struct{ Items []any }
	succeed(t, &list, "documents", "list", "--json", "--data-dir", data)
	if list.Items == nil || len(list.Items) > 0 {
		t.Errorf("after deleting, the list is %v", list.Items)
	}
	if r := lectern(t, "documents", "delete", "two.md", "--data-dir", data); r.code != exitFailure {
		t.Errorf("deleting what is not there exits with %d", r.code)
	}
}

func TestOtherCommands(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"--help"}, "Exit codes: 0 done"},
		{[]string{"user", "create", "--help"}, "--password-stdin"},
		{[]string{"openapi"}, "openapi: 3.1"},
		{[]string{"openapi", "--json"}, `"openapi":"3.1`},
		{[]string{"version"}, "lectern "},
		{[]string{"version", "--json"}, `"go":"go1.`},
		{[]string{"completion", "bash"}, "complete -o default -F _lectern lectern"},
		{[]string{"completion", "zsh"}, "bashcompinit"},
		{[]string{"completion", "fish"}, "complete -c lectern"},
		{[]string{"config", "--key", "lk_secret"}, "(hidden)"},
		{
			[]string{"config", "--json", "--access", "login"},
			`{"name":"access","value":"login","from":"command line"}`,
		},
	} {
		r := lectern(t, test.args...)
		if r.code != 0 || !strings.Contains(r.stdout, test.want) {
			t.Errorf("lectern %q: %d %q, want %q (%s)", test.args, r.code, r.stdout, test.want,
				r.stderr)
		}
	}
	if r := lectern(t, "config", "--key", "lk_secret"); strings.Contains(r.stdout, "lk_secret") {
		t.Errorf("config shows the key: %s", r.stdout)
	}
}

func TestNothingFound(t *testing.T) {
	empty, full := t.TempDir(), t.TempDir()
	dir := files(t, map[string]string{"a.md": "# Apples\n\nApples grow."})
	succeed(t, nil, "ingest", dir, "--data-dir", full)
	for _, command := range []string{"ask", "search"} {
		r := lectern(t, command, "why", "oh", "why?", "--data-dir", empty)
		if r.code != 0 || !strings.Contains(r.stderr, "no document to read in "+empty) {
			t.Errorf("%s of an empty book: exit %d, %s", command, r.code, r.stderr)
		}
		r = lectern(t, command, "好", "--data-dir", full)
		if r.code != 0 || !strings.Contains(r.stderr, "documents list") {
			t.Errorf("%s of what is not there: exit %d, %s", command, r.code, r.stderr)
		}
		if r := lectern(t, command, " ", "--data-dir", full); r.code != exitUsage ||
			!strings.Contains(r.stderr, "is empty; ask something") {
			t.Errorf("%s of nothing: exit %d, %s", command, r.code, r.stderr)
		}
	}
}

func TestQuestionThatIsNoText(t *testing.T) {
	r := lectern(t, "search", "a \xff b", "--data-dir", t.TempDir())
	if r.code != exitUsage || !strings.Contains(r.stderr, "not valid UTF-8") {
		t.Errorf("exit %d, %s", r.code, r.stderr)
	}
}

func TestNoCommand(t *testing.T) {
	r := lectern(t)
	if r.code != exitUsage || r.stdout != "" || !strings.Contains(r.stderr, "completion") {
		t.Errorf("exit %d, %q, %q; want the commands on stderr", r.code, r.stdout, r.stderr)
	}
}

func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stdout, stderr buffer
	code := run(ctx, []string{"ingest", sampleBook, "--data-dir", t.TempDir()}, strings.NewReader(""),
		&stdout, &stderr)
	if code != exitInterrupted {
		t.Errorf("an interrupted ingest exits with %d: %s", code, stderr.String())
	}
}

func TestLostOutput(t *testing.T) {
	for _, command := range []string{"version", "config", "openapi"} {
		var stderr buffer
		code := run(t.Context(), []string{command}, strings.NewReader(""), full{}, &stderr)
		if code != exitFailure || !strings.HasPrefix(stderr.String(), "lectern: the output could not") {
			t.Errorf("%s, a full disk under stdout: exit %d, %q", command, code, stderr.String())
		}
	}
}

// full is a stream onto a full disk.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, syscall.ENOSPC }
