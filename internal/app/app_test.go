package app

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/client"
	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/ingest"
)

func open(t *testing.T, dir string) *App {
	t.Helper()
	c := config.Config{DataDir: dir, Access: "public"}
	a, err := Open(t.Context(), c, slog.New(slog.DiscardHandler), "command")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

func TestDataDirHasOneUser(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "data")
	first, err := openDataDir(t.Context(), dir, "serve http://localhost:1", 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = openDataDir(t.Context(), dir, "command", 10*time.Millisecond)
	if book.CodeOf(err) != book.Conflict || !strings.Contains(book.MessageOf(err),
		"--server http://localhost:1 --key") {
		t.Errorf("a directory that a server uses: %v", err)
	}
	done := make(chan error)
	go func() {
		second, err := openDataDir(context.Background(), dir, "command", time.Minute)
		if err == nil {
			err = second.close()
		}
		done <- err
	}()
	if err := first.close(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Errorf("a directory that was let go: %v", err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("others may look into the directory: %v, %v", info.Mode(), err)
	}
}

func TestDataDirThatCannotBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"", file, filepath.Join(file, "below")} {
		_, err := openDataDir(t.Context(), path, "command", 0)
		if book.CodeOf(err) != book.Invalid {
			t.Errorf("%q: %v", path, err)
		}
	}
}

// TestAccountsBesideAServer: a key that is made while the directory is in use is good at once.
func TestAccountsBesideAServer(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	accounts, err := OpenAccounts(t.Context(), a.Config, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	secret, _, err := accounts.Auth.CreateKey(t.Context(), accounts.Local,
		auth.KeyRequest{Permission: book.PermitIngest})
	if err != nil {
		t.Fatal(err)
	}
	if err := accounts.Close(); err != nil {
		t.Fatal(err)
	}
	p, err := a.Auth.Authenticate(t.Context(), secret)
	if err != nil || p.Role != book.Editor || p.UserID != a.Local.UserID {
		t.Errorf("the key gives %+v, %v", p, err)
	}
}

func TestInProcessClient(t *testing.T) {
	a := open(t, t.TempDir())
	c, err := a.Client()
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	result, err := c.Put(ctx, ingest.Request{DocID: "a/b", Text: "# Foxes\n\nFoxes dig dens."})
	if err != nil || result.Status != ingest.Created {
		t.Fatalf("put: %+v, %v", result, err)
	}
	d, err := c.Document(ctx, "a/b")
	if err != nil || d.Owner != book.LocalUsername || d.Text == nil {
		t.Errorf("document: %+v, %v", d, err)
	}
	if _, err := c.Document(ctx, "nowhere"); book.CodeOf(err) != book.NotFound {
		t.Errorf("a document that is not there: %v", err)
	}
	if got := a.SampleQuestion(ctx); got != "Foxes" {
		t.Errorf("the question to try is %q", got)
	}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	_, err = c.Search(canceled, client.Question{Question: "foxes"})
	if book.CodeOf(err) != book.Canceled {
		t.Errorf("a canceled search: %v", err)
	}
}

func TestListenRefused(t *testing.T) {
	first, err := Listen(t.Context(), "--listen", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	for address, want := range map[string]book.Code{
		first.Addr().String(): book.Conflict, "": book.Invalid, "8080": book.Invalid,
		"127.0.0.1:99999": book.Invalid,
	} {
		l, err := Listen(t.Context(), "--listen", address)
		if err == nil {
			l.Close()
		}
		if book.CodeOf(err) != want || !strings.Contains(book.MessageOf(err), "--listen") {
			t.Errorf("%q: %v, want %s", address, err, want)
		}
	}
}

// TestServeIsReadyWithItsFolder: a server is alive at once and ready when its folder was ingested.
func TestServeIsReadyWithItsFolder(t *testing.T) {
	docs := t.TempDir()
	if err := os.WriteFile(filepath.Join(docs, "a.md"), []byte("# A\n\nApples."), 0o600); err != nil {
		t.Fatal(err)
	}
	a := open(t, t.TempDir())
	ingested, goOn := make(chan bool), make(chan bool)
	ready := make(chan bool, 1)
	folder := &Folder{Path: docs, Source: "docs", Report: func(ingest.FileReport) {
		ingested <- true
		<-goOn
	}}
	address, stop := serveApp(t, a, Service{
		Folder: folder, Ready: func(context.Context, *App) { ready <- true },
	})
	<-ingested
	check(t, address+"/api/health", http.StatusOK, `"docs":"down"`)
	check(t, address+"/api/ready", http.StatusServiceUnavailable, `"docs":"down"`)
	goOn <- true
	<-ready
	check(t, address+"/api/ready", http.StatusOK, `"docs":"ok"`)
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func check(t *testing.T, address string, status int, want string) {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	if response.StatusCode != status || !strings.Contains(string(body), want) {
		t.Errorf("%s: %d %s, want %d and %s", address, response.StatusCode, body, status, want)
	}
}
