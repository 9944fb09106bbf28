package app

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestWatcherWaitsForStillness: a file that is written in steps is one change, reported when it
// has been still.
func TestWatcherWaitsForStillness(t *testing.T) {
	dir := t.TempDir()
	w, err := newWatcher(dir+string(filepath.Separator), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	changed := make(chan time.Time, 1)
	go func() {
		if w.wait(t.Context()) {
			changed <- time.Now()
		}
	}()
	var last time.Time
	for range 4 {
		last = time.Now()
		if err := os.WriteFile(filepath.Join(dir, "a.md"), []byte(last.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		time.Sleep(stillFor / 2)
	}
	if at := <-changed; at.Sub(last) < stillFor {
		t.Errorf("the change was reported %v after the last write, before it was still",
			at.Sub(last))
	}
}

func TestWatcherIgnores(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{".git", "node_modules", "docs"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	w, err := newWatcher(dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	if n := len(w.notify.WatchList()); n != 2 {
		t.Errorf("%d folders are watched, want the folder and docs: %q", n, w.notify.WatchList())
	}
	for path, want := range map[string]bool{
		"docs/a.md": false, "docs/.a.md.swp": true, "docs/a.md~": true, "node_modules": true,
	} {
		if ignored(path) != want {
			t.Errorf("ignored(%q) is not %v", path, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if w.wait(ctx) {
		t.Error("wait reports a change after its context has ended")
	}
}

func TestWatchedFolderMustBeThere(t *testing.T) {
	if _, err := newWatcher(filepath.Join(t.TempDir(), "nowhere"), nil); err == nil {
		t.Error("a folder that is not there is watched")
	}
}

// TestWatcherFindsAFolderAgain: a folder that was away for longer than files have to be still is
// watched again when it is back.
func TestWatcherFindsAFolderAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "docs")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	w, err := newWatcher(dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	changed := make(chan bool, 1)
	go func() { changed <- w.wait(t.Context()) }()
	if err := os.Rename(dir, dir+".old"); err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * stillFor)
	if err := os.Rename(dir+".old", dir); err != nil {
		t.Fatal(err)
	}
	if !<-changed {
		t.Error("the folder that came back is no change")
	}
	go func() { changed <- w.wait(t.Context()) }()
	if err := os.WriteFile(filepath.Join(dir, "a.md"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if !<-changed {
		t.Error("a file in the folder that came back is no change")
	}
}
