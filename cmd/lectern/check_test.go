package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/sitecheck"
)

const cleanPage = "# Clean\n\n## Part\n\nA page of text, see [there](#part).\n"

func TestCheckExitCodes(t *testing.T) {
	for name, tt := range map[string]struct {
		page string
		code int
	}{
		"clean":    {cleanPage, 0},
		"warnings": {cleanPage + "\n[x](#nope)\n", 0},
		"errors":   {cleanPage + "\n[x](nope.md)\n", exitFindings},
	} {
		r := lectern(t, "check", files(t, map[string]string{"a.md": tt.page}))
		if r.code != tt.code || !strings.Contains(r.stderr, " in 1 page with ") {
			t.Errorf("%s: exit %d, %q", name, r.code, r.stderr)
		}
		if (r.stdout == "") != (name == "clean") {
			t.Errorf("%s: printed %q", name, r.stdout)
		}
	}
	for name, args := range map[string][]string{
		"missing": {filepath.Join(t.TempDir(), "nowhere")}, "empty": {t.TempDir()},
		"formats": {t.TempDir(), "--json", "--format", "github"},
	} {
		r := lectern(t, append([]string{"check"}, args...)...)
		if r.code == 0 || r.code == exitFindings || r.stdout != "" || !strings.HasPrefix(r.stderr, "lectern: ") {
			t.Errorf("%s: exit %d, %q, %q", name, r.code, r.stdout, r.stderr)
		}
	}
}

func TestCheckText(t *testing.T) {
	dir := files(t, map[string]string{"part/a.md": "# A\n\n[x](\x1b[2Jnope.md)\n"})
	r := lectern(t, "check", dir)
	want := dir + "/part/a.md:3: error: the link "
	if !strings.HasPrefix(r.stdout, want) || !strings.HasSuffix(r.stdout, " [broken-link]\n") {
		t.Errorf("printed %q, want %q…", r.stdout, want)
	}
	if strings.Contains(r.stdout, "\x1b") {
		t.Errorf("printed a control character: %q", r.stdout)
	}
}

func TestCheckJSON(t *testing.T) {
	dir := files(t, map[string]string{"a.md": "# A\n\n[x](nope.md) [y](#nope)\n"})
	r := lectern(t, "check", "--json", dir)
	var got struct {
		Kind                                  string
		Pages, Links, Files, Errors, Warnings int
		Findings                              []sitecheck.Finding
	}
	if err := json.Unmarshal([]byte(r.stdout), &got); err != nil {
		t.Fatal(err)
	}
	if got.Kind != "plain" || got.Pages != 1 || got.Links != 2 || got.Files != 1 || got.Errors != 1 ||
		got.Warnings != 1 || len(got.Findings) != 2 || r.code != exitFindings {
		t.Errorf("exit %d, %+v", r.code, got)
	}
	var clean bytes.Buffer
	clean.WriteString(lectern(t, "check", "--json", files(t, map[string]string{"a.md": cleanPage})).stdout)
	if !strings.Contains(clean.String(), `"findings":[]`) {
		t.Errorf("no findings are not an empty list: %s", clean.String())
	}
}

// TestCheckAnnotations: paths are relative to the checkout, and nothing of a file can end a command
// and begin another.
func TestCheckAnnotations(t *testing.T) {
	dir := files(t, map[string]string{
		"docs/50%, a:b.md": "# A\n\n[x](<nope.md%0A::error::y>) ![y](z.png)\n",
	})
	t.Setenv("GITHUB_WORKSPACE", dir)
	r := lectern(t, "check", "--format", "github", filepath.Join(dir, "docs"))
	want := "::error file=docs/50%25%2C a%3Ab.md,line=3,title=broken-image::the image \"z.png\" is not there: no such " +
		"file beside the page\n" +
		"::error file=docs/50%25%2C a%3Ab.md,line=3,title=broken-link::the link \"nope.md%250A::error::y\" leads to " +
		"no page and no file\n"
	if diff := cmp.Diff(want, r.stdout); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := commandProperty("a\r\n::b,c%"); got != "a%0D%0A%3A%3Ab%2Cc%25" {
		t.Errorf("a property becomes %q", got)
	}
	if got := commandData("a\r\n::b,c%"); got != "a%0D%0A::b,c%25" {
		t.Errorf("data become %q", got)
	}
}

func TestIngestCheck(t *testing.T) {
	data := t.TempDir()
	dir := files(t, map[string]string{"a.md": cleanPage, "b.md": "# B\n\nText, and [x](nope.md).\n"})
	r := lectern(t, "ingest", "--check", dir, "--data-dir", data)
	if r.code != exitFindings || !strings.Contains(r.stderr, "b.md:3: error: ") ||
		!strings.Contains(r.stderr, "Nothing was ingested: 1 error to mend first.") {
		t.Errorf("exit %d, %q", r.code, r.stderr)
	}
	if entries, err := os.ReadDir(data); err != nil || len(entries) > 0 {
		t.Errorf("the data directory was used: %v, %v", entries, err)
	}
	write(t, filepath.Join(dir, "b.md"), "# B\n\nText, and [x](#nope).\n")
	r = lectern(t, "ingest", "--check", dir, "--data-dir", data)
	if r.code != 0 || !strings.Contains(r.stderr, "warning: ") || !strings.Contains(r.stderr, "2 added") {
		t.Errorf("with a warning: exit %d, %q", r.code, r.stderr)
	}
	if r := lectern(t, "ingest", "--check", filepath.Join(dir, "nowhere"), "--data-dir", data); r.code != exitFailure {
		t.Errorf("of a folder that is not there: exit %d, %q", r.code, r.stderr)
	}
}
