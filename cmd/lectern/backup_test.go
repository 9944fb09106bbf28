package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
)

func TestBackupAndRestore(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	archive := filepath.Join(t.TempDir(), "book.tar.zst")
	succeed(t, nil, "ingest", sampleBook, "--json", "--data-dir", from)
	var saved, restored, again map[string]any
	succeed(t, &saved, "backup", archive, "--json", "--data-dir", from)
	checkShape(t, "backup", saved, `{"file":1,"documents":1,"chunks":1,"accounts":1,"keys":1,
		"conversations":1,"vectors":1,"vectors_missing":1,"bytes":1,"seconds":1}`)
	if info, err := os.Stat(archive); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	succeed(t, &restored, "restore", archive, "--json", "--data-dir", to)
	checkShape(t, "restore", restored, `{"documents":1,"chunks":1,"accounts":1,"keys":1,
		"conversations":1,"documents_already_there":1,"vectors_reused":1,"vectors_embedded":1,"space":1,
		"archive_space":1,"seconds":1}`)
	if restored["vectors_reused"] != saved["chunks"] || saved["documents"] == 0.0 {
		t.Errorf("saved %v, restored %v", saved, restored)
	}
	var found [2]map[string]any
	for i, data := range []string{from, to} {
		succeed(t, &found[i], "search", "zero-moment point", "--json", "--data-dir", data)
	}
	if a, b := docIDs(found[0]), docIDs(found[1]); a != b || a == "" {
		t.Errorf("before: %s, after: %s", a, b)
	}
	succeed(t, &again, "restore", archive, "--json", "--data-dir", to)
	if again["documents_already_there"] != saved["documents"] {
		t.Errorf("once more: %v", again)
	}
	dir := files(t, map[string]string{"one.md": "# One\n\nA page about foxes."})
	succeed(t, nil, "ingest", dir, "--data-dir", to)
	r := lectern(t, "restore", archive, "--data-dir", to)
	if r.code != exitFailure || !strings.Contains(r.stderr, "needs an empty book") {
		t.Errorf("into a book that is not empty: %d, %s", r.code, r.stderr)
	}
	r = lectern(t, "restore", filepath.Join(dir, "one.md"), "--data-dir", t.TempDir())
	if r.code != exitUsage || !strings.Contains(r.stderr, "no archive") {
		t.Errorf("of a page: %d, %s", r.code, r.stderr)
	}
	r = lectern(t, "restore", archive, "--server", "http://127.0.0.1:1")
	if r.code != exitUsage {
		t.Errorf("over a server: %d, %s", r.code, r.stderr)
	}
}

// TestMoveToFullMode: a book that has outgrown embedded mode moves in two commands, and back.
func TestMoveToFullMode(t *testing.T) {
	from, back, dir := t.TempDir(), t.TempDir(), t.TempDir()
	succeed(t, nil, "ingest", sampleBook, "--json", "--data-dir", from)
	there, thence := filepath.Join(dir, "there"), filepath.Join(dir, "thence")
	succeed(t, nil, "backup", there, "--data-dir", from)
	var before, after map[string]any
	succeed(t, &before, "search", "zero-moment point", "--json", "--data-dir", from)
	t.Run("full", func(t *testing.T) {
		useDataHome(t)
		usePostgres(t, pgtest.Migrated(t))
		useQdrant(t)
		var restored, found, report map[string]any
		succeed(t, &restored, "restore", there, "--json")
		succeed(t, &found, "search", "zero-moment point", "--json")
		if docIDs(found) != docIDs(before) || restored["vectors_embedded"] != 0.0 {
			t.Errorf("restored %v, found %s, before %s", restored, docIDs(found), docIDs(before))
		}
		succeed(t, &report, "doctor", "--json")
		succeed(t, nil, "backup", thence)
	})
	succeed(t, nil, "restore", thence, "--data-dir", back)
	succeed(t, &after, "search", "zero-moment point", "--json", "--data-dir", back)
	if docIDs(after) != docIDs(before) || docIDs(before) == "" {
		t.Errorf("found %s, before %s", docIDs(after), docIDs(before))
	}
}

// TestBackupOfAServer: an administrator gets the whole book while it is served; nobody else does.
func TestBackupOfAServer(t *testing.T) {
	data, to := t.TempDir(), t.TempDir()
	address, _, _ := serve(t, "--docs", filepath.Join(sampleBook, "docs"), "--data-dir", data)
	var admin, editor struct{ Key string }
	succeed(t, &admin, "key", "create", "--permission", "admin", "--json", "--data-dir", data)
	succeed(t, &editor, "key", "create", "--permission", "ingest", "--json", "--data-dir", data)
	archive := filepath.Join(t.TempDir(), "book.tar.zst")
	for _, key := range []string{editor.Key, "lk_wrong"} {
		r := lectern(t, "backup", archive, "--server", address, "--key", key)
		if _, err := os.Stat(archive); r.code != exitAuthentication || err == nil {
			t.Errorf("with the key %.4s...: exit %d, %s", key, r.code, r.stderr)
		}
	}
	var saved, restored map[string]any
	succeed(t, &saved, "backup", archive, "--json", "--server", address, "--key", admin.Key)
	succeed(t, &restored, "restore", archive, "--json", "--data-dir", to)
	if saved["documents"] == 0.0 || restored["documents"] != saved["documents"] ||
		restored["keys"] != 2.0 {
		t.Errorf("saved %v, restored %v", saved, restored)
	}
}

// TestBackupThatBreaksOff: a server that breaks off, or ends its answer early as if it were whole,
// leaves nothing behind.
func TestBackupThatBreaksOff(t *testing.T) {
	data, dir := t.TempDir(), t.TempDir()
	whole := filepath.Join(t.TempDir(), "whole")
	succeed(t, nil, "ingest", sampleBook, "--json", "--data-dir", data)
	succeed(t, nil, "backup", whole, "--data-dir", data)
	archive, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	for name, end := range map[string]func(){
		"breaks off": func() { panic(http.ErrAbortHandler) },
		"ends early": func() {},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(archive[:len(archive)/2])
			_ = http.NewResponseController(w).Flush()
			end()
		}))
		r := lectern(t, "backup", filepath.Join(dir, "book"), "--server", server.URL, "--key", "k")
		server.Close()
		left, err := os.ReadDir(dir)
		if r.code != exitFailure || !strings.Contains(r.stderr, "not complete") || len(left) > 0 ||
			err != nil {
			t.Errorf("%s: exit %d, %s; %d files left", name, r.code, r.stderr, len(left))
		}
	}
}

// docIDs lists the documents that a search found.
func docIDs(found map[string]any) string {
	var ids []string
	passages, _ := found["passages"].([]any)
	for _, p := range passages {
		ids = append(ids, p.(map[string]any)["doc_id"].(string))
	}
	return strings.Join(ids, " ")
}
