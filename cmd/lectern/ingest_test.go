package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lectern-project/lectern/internal/ingest"
)

// ingested runs an ingest and returns its exit code, summary and messages.
func ingested(t *testing.T, args ...string) (int, ingest.Summary, string) {
	t.Helper()
	r := lectern(t, append([]string{"ingest", "--json"}, args...)...)
	var summary ingest.Summary
	if err := json.Unmarshal([]byte(r.stdout), &summary); err != nil {
		t.Fatalf("ingest %q prints %q (%s)", args, r.stdout, r.stderr)
	}
	return r.code, summary, r.stderr
}

func TestIngestPartly(t *testing.T) {
	data := t.TempDir()
	dir := files(t, map[string]string{
		"good.md":  "# Good\n\nA page of text.",
		"bad.md":   "# Bad\n\n\xff\xfe is not UTF-8.",
		"empty.md": "\n",
	})
	code, summary, messages := ingested(t, dir, "--data-dir", data)
	if code != exitPartly || summary.Documents.Added != 1 || summary.Documents.Failed != 2 {
		t.Errorf("exit %d, %+v", code, summary)
	}
	for _, want := range []string{"added      good.md", "failed     bad.md: ", "UTF-8"} {
		if !strings.Contains(messages, want) {
			t.Errorf("no %q in %q", want, messages)
		}
	}
	code, _, _ = ingested(t, filepath.Join(dir, "bad.md"), "--data-dir", data)
	if code != exitFailure {
		t.Errorf("an ingest of nothing but a bad file exits with %d", code)
	}
	code, summary, messages = ingested(t, filepath.Join(dir, "nowhere"), dir, "--data-dir", data,
		"--verbose")
	if code != exitPartly || summary.Documents.Unchanged != 1 || summary.Documents.Failed != 3 {
		t.Errorf("with a path that is not there: exit %d, %+v", code, summary)
	}
	if !strings.Contains(messages, "unchanged  good.md") {
		t.Errorf("--verbose does not name unchanged files: %q", messages)
	}
}

func TestIngestEmptyFile(t *testing.T) {
	dir := files(t, map[string]string{"empty.md": ""})
	code, _, messages := ingested(t, dir, "--data-dir", t.TempDir())
	if code != exitFailure || !strings.Contains(messages, `"empty.md" has no text`) {
		t.Errorf("exit %d: %s", code, messages)
	}
}

func TestIngestPrune(t *testing.T) {
	data := t.TempDir()
	dir := files(t, map[string]string{
		"a.md": "# A\n\nApples.", "b.md": "# B\n\nBears.", "c.md": "# C\n\nCats.",
	})
	ingested(t, dir, "--data-dir", data, "--source", "zoo")
	remove := func(name string) {
		t.Helper()
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	remove("a.md")
	_, summary, _ := ingested(t, dir, "--data-dir", data, "--source", "zoo")
	if summary.Documents.Deleted != 0 {
		t.Error("a document was deleted without --prune")
	}
	_, summary, messages := ingested(t, dir, "--data-dir", data, "--source", "zoo", "--prune",
		"--dry-run")
	if summary.Documents.Deleted != 1 || !strings.Contains(messages, "deleted    a.md") {
		t.Errorf("the dry run says %+v, %q", summary, messages)
	}
	code, summary, _ := ingested(t, dir, "--data-dir", data, "--source", "zoo", "--prune")
	if code != 0 || summary.Documents.Deleted != 1 || summary.Documents.Unchanged != 2 {
		t.Errorf("prune: exit %d, %+v", code, summary)
	}
	remove("b.md")
	write(t, filepath.Join(dir, "c.md"), "# C\n\nChanged.")
	write(t, filepath.Join(dir, "b.txt"), "Not Bears.")
	remove("b.txt")
	remove("c.md")
	write(t, filepath.Join(dir, "d.md"), "# D\n\nDogs.")
	code, summary, messages = ingested(t, dir, "--data-dir", data, "--source", "zoo", "--prune")
	if code != exitFailure || summary.Documents.Deleted != 0 || summary.Documents.Added != 1 ||
		!strings.Contains(messages, "--force") {
		t.Errorf("more than half: exit %d, %+v, %q", code, summary, messages)
	}
	code, summary, _ = ingested(t, dir, "--data-dir", data, "--source", "zoo", "--prune", "--force")
	if code != 0 || summary.Documents.Deleted != 2 {
		t.Errorf("with --force: exit %d, %+v", code, summary)
	}
}

func TestIngestSources(t *testing.T) {
	data := t.TempDir()
	dir := files(t, map[string]string{"a.md": "# A\n\nApples."})
	t.Chdir(dir)
	ingested(t, ".", "--data-dir", data)
	var document struct{ Source string }
	succeed(t, &document, "documents", "show", "a.md", "--json", "--data-dir", data)
	if document.Source != "book" {
		t.Errorf("the source of . is %q, want the folder's name", document.Source)
	}
	code, _, messages := ingested(t, ".", "--data-dir", data, "--source", "other")
	if code != exitFailure || !strings.Contains(messages, `"book"`) ||
		!strings.Contains(messages, `"other"`) || !strings.Contains(messages, "--take-over") {
		t.Errorf("another source: exit %d, %q", code, messages)
	}
	if code, summary, _ := ingested(t, ".", "--data-dir", data, "--source", "other",
		"--take-over"); code != 0 || summary.Documents.Updated != 1 {
		t.Errorf("--take-over: exit %d, %+v", code, summary)
	}
}

func TestIngestRefused(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	one := files(t, map[string]string{"a.md": "# A\n\nApples."})
	two := files(t, map[string]string{"a.md": "# A\n\nAnother."})
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{""}, exitUsage, "a path is empty"},
		{[]string{one, "--prune"}, exitUsage, "--source"},
		{[]string{one, two, "--prune", "--source", "s"}, exitUsage, "one folder"},
		{[]string{one, two}, exitFailure, two},
		{[]string{one, "--source", "api"}, exitFailure, `"api"`},
		{[]string{one, "--site", "sphinx"}, exitUsage, "docusaurus"},
		{[]string{t.TempDir()}, exitFailure, "no page"},
	} {
		r := lectern(t, append(append([]string{"ingest"}, test.args...), "--data-dir", data)...)
		if r.code != test.code || !strings.Contains(r.stderr, test.want) {
			t.Errorf("ingest %q: exit %d, %q; want %d, %q", test.args, r.code, r.stderr, test.code,
				test.want)
		}
	}
	if _, summary, messages := ingested(t, one, "--dry-run", "--data-dir", data); summary !=
		(ingest.Summary{Seconds: summary.Seconds}) || !strings.Contains(messages, "found      a.md") {
		t.Errorf("the dry run says %+v, %q", summary, messages)
	}
	if r := lectern(t, "ingest", one, "--dry-run", "--data-dir", data); r.stdout != "found      a.md\n" {
		t.Errorf("the dry run lists %q", r.stdout)
	}
	var list struct{ Items []any }
	succeed(t, &list, "documents", "list", "--json", "--data-dir", data)
	if len(list.Items) > 0 {
		t.Errorf("something was ingested all the same: %v", list.Items)
	}
}
