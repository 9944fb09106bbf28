package main

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// serve starts `lectern serve` on a free port and returns its address and its messages. It is
// stopped at the end of the test, or by stop, which returns the exit code.
func serve(t *testing.T, args ...string) (address string, messages *buffer, stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	messages = &buffer{}
	exited := make(chan int, 1)
	go func() {
		args := append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)
		exited <- run(ctx, args, strings.NewReader(""), &buffer{}, messages)
	}()
	code, stopped := 0, false
	stop = func() int {
		cancel()
		if !stopped {
			code, stopped = <-exited, true
		}
		return code
	}
	t.Cleanup(func() { stop() })
	eventually(t, "the server says where it is", func() bool {
		found := regexp.MustCompile(`answers at (http://\S+)`).FindStringSubmatch(messages.String())
		if found != nil {
			address = found[1]
		}
		return found != nil && strings.Contains(messages.String(), "key create")
	})
	return address, messages, stop
}

// eventually waits until what holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for range 3000 {
		if holds() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}

// TestServeLogsJSON: what is told to people is in that form, too.
func TestServeLogsJSON(t *testing.T) {
	_, messages, stop := serve(t, "--docs", filepath.Join(sampleBook, "docs"), "--log-format", "json",
		"--data-dir", t.TempDir())
	stop()
	for line := range strings.Lines(messages.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("no JSON: %s", line)
		}
	}
}

func TestRemote(t *testing.T) {
	data := t.TempDir()
	address, messages, stop := serve(t, "--docs", filepath.Join(sampleBook, "docs"), "--data-dir", data)
	for _, want := range []string{"?\"", "key create --permission ingest --data-dir " + data} {
		if !strings.Contains(messages.String(), want) {
			t.Errorf("serve says no %q: %q", want, messages)
		}
	}

	// While the server has the data directory, accounts can be managed there and nothing else.
	r := lectern(t, "search", "torque", "--data-dir", data)
	if r.code != exitFailure || !strings.Contains(r.stderr, "--server "+address+" --key") {
		t.Errorf("a data directory in use: exit %d, %q", r.code, r.stderr)
	}
	r = lectern(t, "doctor", "--data-dir", data)
	if r.code != exitFailure || !strings.Contains(r.stderr, "stop the server") {
		t.Errorf("doctor beside a server: exit %d, %q", r.code, r.stderr)
	}
	var key, lesser struct{ ID, Key string }
	succeed(t, &key, "key", "create", "--permission", "ingest", "--json", "--data-dir", data)
	succeed(t, &lesser, "key", "create", "--permission", "read", "--json", "--data-dir", data)
	remote := []string{"--server", address, "--key", key.Key}

	dir := files(t, map[string]string{"quokka.md": "# Quokka\n\nThe quokka lives on Rottnest Island."})
	code, summary, text := ingested(t, append([]string{dir}, remote...)...)
	if code != 0 || summary.Documents.Added != 1 {
		t.Fatalf("ingest: exit %d, %+v, %q", code, summary, text)
	}
	var found struct {
		Passages []struct {
			DocID string `json:"doc_id"`
		}
	}
	succeed(t, &found, append([]string{"search", "quokka", "--json"}, remote...)...)
	if len(found.Passages) == 0 || found.Passages[0].DocID != "quokka.md" {
		t.Errorf("search finds %+v", found)
	}
	succeed(t, nil, append([]string{"ask", "Where does the quokka live?"}, remote...)...)
	succeed(t, nil, append([]string{"documents", "delete", "quokka.md"}, remote...)...)

	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"ingest", dir}, exitAuthentication, "account"},
		{[]string{"ingest", dir}, exitAuthentication, "--key"},
		{[]string{"ingest", dir, "--key", "lk_wrong"}, exitAuthentication, "unknown"},
		{[]string{"ingest", dir, "--key", lesser.Key}, exitAuthentication, "permission ingest"},
		{[]string{"documents", "delete", "intro"}, exitAuthentication, "account"},
		{[]string{"documents", "show", "nowhere"}, exitFailure, "nowhere"},
		{[]string{"search", "x", "--top-k", "99"}, exitUsage, "top_k"},
		{[]string{"doctor"}, exitUsage, "does not talk to a server"},
		{[]string{"key", "list"}, exitAuthentication, "account"},
		{[]string{"audit", "--key", key.Key}, exitAuthentication, "admin"},
		{[]string{"feedback", "--key", key.Key}, exitAuthentication, "admin"},
		{[]string{"key", "create", "--permission", "read", "--key", key.Key}, exitAuthentication, "only an admin key"},
		{[]string{"user", "list"}, exitUsage, "does not talk to a server"},
		{[]string{"serve", "--listen", "127.0.0.1:0"}, exitUsage, "does not talk to a server"},
	} {
		r := lectern(t, append(test.args, "--server", address)...)
		if r.code != test.code || !strings.Contains(r.stderr, test.want) {
			t.Errorf("lectern %q: exit %d, %q; want %d, %q", test.args, r.code, r.stderr, test.code,
				test.want)
		}
	}
	if code := stop(); code != 0 {
		t.Errorf("the stopped server exits with %d", code)
	}
	r = lectern(t, append([]string{"ingest", dir}, remote...)...)
	if r.code != exitFailure || !strings.Contains(r.stderr, "is it running?") {
		t.Errorf("a server that is gone: exit %d, %q", r.code, r.stderr)
	}
	// The same question, asked of the data directory.
	var local, served any
	succeed(t, &local, "documents", "list", "--json", "--data-dir", data)
	address, _, _ = serve(t, "--data-dir", data)
	succeed(t, &served, "documents", "list", "--json", "--server", address)
	if diff := cmp.Diff(local, served); diff != "" {
		t.Errorf("documents list (-local +served):\n%s", diff)
	}
}

func TestServeWatch(t *testing.T) {
	data := t.TempDir()
	docs := files(t, map[string]string{
		"a.md": "# A\n\nApples.", "b.md": "# B\n\nBears.", "sub/c.md": "# C\n\nCats.",
	})
	address, messages, _ := serve(t, "--docs", docs, "--watch", "--data-dir", data,
		"--log-level", "warn")
	texts := func() map[string]string {
		var list struct {
			Items []struct {
				DocID string `json:"doc_id"`
			}
		}
		succeed(t, &list, "documents", "list", "--json", "--server", address)
		texts := map[string]string{}
		for _, d := range list.Items {
			r := lectern(t, "documents", "show", d.DocID, "--json", "--server", address)
			var document struct{ Text string }
			if json.Unmarshal([]byte(r.stdout), &document) == nil {
				_, text, _ := strings.Cut(document.Text, "\n\n")
				texts[d.DocID] = strings.TrimSpace(text)
			}
		}
		return texts
	}
	become := func(what string, want map[string]string) {
		t.Helper()
		eventually(t, what, func() bool { return cmp.Equal(want, texts()) })
	}
	want := map[string]string{"a.md": "Apples.", "b.md": "Bears.", "sub/c.md": "Cats."}
	become("the folder is ingested", want)

	// An editor writes another file and moves it over the old one.
	write(t, filepath.Join(docs, ".a.md.swp"), "# A\n\nApricots.")
	if err := os.Rename(filepath.Join(docs, ".a.md.swp"), filepath.Join(docs, "a.md")); err != nil {
		t.Fatal(err)
	}
	want["a.md"] = "Apricots."
	become("a replaced file is ingested", want)

	write(t, filepath.Join(docs, "new", "deep", "d.md"), "# D\n\nDogs.")
	want["new/deep/d.md"] = "Dogs."
	become("a file in a new folder is ingested", want)
	write(t, filepath.Join(docs, "new", "deep", "d.md"), "# D\n\nDingos.")
	want["new/deep/d.md"] = "Dingos."
	become("a change in a new folder is ingested", want)

	if err := os.RemoveAll(filepath.Join(docs, "new")); err != nil {
		t.Fatal(err)
	}
	delete(want, "new/deep/d.md")
	become("a removed folder's documents are deleted", want)

	// The whole folder is replaced, as a checkout does.
	if err := os.Rename(docs, docs+".old"); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(docs+".old", "b.md"), "# B\n\nBadgers.")
	if err := os.Rename(docs+".old", docs); err != nil {
		t.Fatal(err)
	}
	want["b.md"] = "Badgers."
	become("a folder that came back is ingested", want)
	if n := strings.Count(messages.String(), "c.md"); n != 1 {
		t.Errorf("the file that never changed is named %d times: %s", n, messages)
	}
}

func TestServeBrokenFolder(t *testing.T) {
	data := t.TempDir()
	empty := t.TempDir()
	address, messages, _ := serve(t, "--docs", empty, "--data-dir", data)
	if !strings.Contains(messages.String(), "not in step") {
		t.Errorf("no warning: %s", messages)
	}
	succeed(t, nil, "documents", "list", "--server", address)
}

func TestServeRefused(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, "no folder")
	newer := t.TempDir()
	write(t, filepath.Join(newer, "lectern.db"), "this is no database, however long it may be")
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--listen", listener.Addr().String()}, exitFailure, "--listen"},
		{[]string{"--listen", "nowhere"}, exitUsage, "HOST:PORT"},
		{[]string{"--watch"}, exitUsage, "needs docs"},
		{[]string{"--docs", filepath.Join(file, "nowhere")}, exitUsage, "--docs"},
		{[]string{"--docs", file}, exitUsage, "no folder"},
		{[]string{"--data-dir", file}, exitUsage, "no directory"},
		{[]string{"--data-dir", newer}, exitFailure, newer},
	} {
		args := append([]string{"serve", "--listen", "127.0.0.1:0", "--data-dir", t.TempDir()},
			test.args...)
		r := lectern(t, args...)
		if r.code != test.code || !strings.Contains(r.stderr, test.want) {
			t.Errorf("serve %q: exit %d, %q; want %d, %q", test.args, r.code, r.stderr, test.code,
				test.want)
		}
	}
}
