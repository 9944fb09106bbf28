package sitecheck

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/docsite"
	"github.com/lectern-project/lectern/internal/markdown"
)

func TestNothingToCheck(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "image.png"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		dir  string
		code book.Code
		says string
	}{
		"missing": {filepath.Join(dir, "nowhere"), book.NotFound, "is not there"},
		"empty":   {t.TempDir(), book.Invalid, "no page to check"},
		"no page": {dir, book.Invalid, "no page to check"},
	} {
		_, err := Check(t.Context(), tt.dir, docsite.Options{})
		if book.CodeOf(err) != tt.code || !strings.Contains(book.MessageOf(err), tt.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	_, err := Check(ctx, writeFiles(t, soundSite()), docsite.Options{})
	if book.CodeOf(err) != book.Canceled {
		t.Errorf("after the end of its context: %v", err)
	}
}

// TestHostileFolder: loops of links, links out of the folder, pipes, names that are no text, files
// that may not be read.
func TestHostileFolder(t *testing.T) {
	dir := writeFiles(t, soundSite())
	docs := filepath.Join(dir, "docs")
	outside := writeFiles(t, map[string]string{"secret.md": "# S\n\n[x](nope.md)\n", "pics/a.png": "x"})
	for link, target := range map[string]string{
		"loop": "..", "self.md": "self.md", "gone.md": "nowhere.md", "away.md": filepath.Join(outside, "secret.md"),
		"pics": filepath.Join(outside, "pics"),
	} {
		if err := os.Symlink(target, filepath.Join(docs, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(docs, "pipe.md"), 0o600); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(docs, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("bad\xff.md", "# Bad")
	write("x.md", "# X\n\n![there](./pics/a.png) [there](./away.md)\n")
	write("huge.md", "")
	if err := os.Truncate(filepath.Join(docs, "huge.md"), markdown.MaxSourceBytes+1); err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, f := range briefs(t, dir, docsite.Options{}) {
		got[f] = true
	}
	want := set([]string{
		"error unreadable docs/gone.md:0", "error unreadable docs/self.md:0", `error page-id "docs/bad\xff.md":0`,
		"error large-page docs/huge.md:0", "error broken-link docs/x.md:3",
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUnreadable(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root reads everything")
	}
	dir := writeFiles(t, soundSite())
	if err := os.Chmod(filepath.Join(dir, "docs/guide/a.md"), 0); err != nil {
		t.Fatal(err)
	}
	got := briefs(t, dir, docsite.Options{})
	if len(got) == 0 || got[0] != "error unreadable docs/guide/a.md:0" {
		t.Errorf("got %q", got)
	}
}

// TestHostilePages: texts that make parsers slow or fall over are read in reasonable time, which the
// limit of `go test` watches over.
func TestHostilePages(t *testing.T) {
	files := soundSite()
	for i, part := range []string{
		"[", "![", "[a](", "[](", "[a](<", "[a][b]", "[^1]", "`", "<a ", "<b>", "{", "[a]: x\n", "- ", "*",
		"<a href=\"", "export const a = {", "import x from '", "| [x](y) ", "![a](b ", "\\", "&amp;", ":::a\n",
		"-----BEGIN PRIVATE KEY-----", "key=", "\n\n# a",
	} {
		files["docs/h"+string(rune('a'+i))+".md"] = strings.Repeat(part, (256<<10)/len(part))
	}
	if _, err := Check(t.Context(), writeFiles(t, files), docsite.Options{}); err != nil {
		t.Error(err)
	}
}

func FuzzPage(f *testing.F) {
	f.Add("---\ntitle: x\n---\nimport A from './a';\n\n# T {#id}\n\n[a](./b.md#c) ![d](e) <Link to={'/f'}/>\n[r]\n\n[r]: g")
	f.Add("<a href={`x`} id='y'>\n    ```\n[x](y)")
	f.Fuzz(func(t *testing.T, text string) {
		for _, format := range []markdown.Format{markdown.MDX, markdown.Markdown, markdown.MDBook} {
			seen, err := markdown.Inspect([]byte(text), format)
			if err != nil {
				continue
			}
			lines := strings.Count(strings.ReplaceAll(text, "\r\n", "\n"), "\n") + strings.Count(text, "\r") + 1
			for _, l := range seen.Links {
				if l.Line < 1 || l.Line > lines {
					t.Errorf("line %d of %d", l.Line, lines)
				}
			}
			for _, tag := range seen.Tags {
				if tag.Line < 1 || tag.Line > lines || tag.Name == "" {
					t.Errorf("tag %+v of %d lines", tag, lines)
				}
			}
		}
	})
}
