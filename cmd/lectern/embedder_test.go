package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/lectern-project/lectern/internal/embed/embedtest"
	"github.com/lectern-project/lectern/internal/embed/gemini/geminitest"
	"github.com/lectern-project/lectern/internal/embed/openai/openaitest"
)

const geminiSpace = "gemini-gemini-embedding-2-128-p1-l"

// useGemini sets the variables for a Gemini that is not Google's, and answers nothing.
func useGemini(t *testing.T) *embedtest.Stub {
	t.Helper()
	stub := geminitest.New(t, "gemini-embedding-2", 128, nil)
	t.Setenv("LECTERN_GEMINI_BASE_URL", stub.URL)
	t.Setenv("LECTERN_GEMINI_API_KEY", geminitest.Key)
	t.Setenv("LECTERN_MODELS", "extractive")
	return stub
}

// TestRemoteEmbedder: a book moves from the built-in model to a remote one and back, while readers
// ask; no question goes without vectors or finds nothing.
func TestRemoteEmbedder(t *testing.T) {
	data, pages := t.TempDir(), map[string]string{}
	for i := range 150 {
		pages[fmt.Sprintf("p%d.md", i)] = fmt.Sprintf("# Page %d\n\nAnimal%d eats plant%d.", i, i, i)
	}
	succeed(t, nil, "ingest", files(t, pages), "--json", "--data-dir", data)
	var key struct{ Key string }
	succeed(t, &key, "key", "create", "--permission", "admin", "--json", "--data-dir", data)
	stub := useGemini(t)
	t.Setenv("LECTERN_EMBEDDING_DIMENSIONS", "128")
	address, messages, _ := serve(t, "--data-dir", data, "--embedder", "gemini")
	if !strings.Contains(messages.String(), "lectern reembed") {
		t.Errorf("no warning but %q", messages)
	}
	if stub.Calls() != 0 {
		t.Errorf("%d requests before the move", stub.Calls())
	}

	var there, back moved
	asked := readers(t, address, func() {
		succeed(t, &there, "reembed", "--server", address, "--key", key.Key, "--json")
	})
	if !strings.HasPrefix(there.To, geminiSpace) || stub.Texts() < 150 {
		t.Errorf("moved %+v with %d texts", there, stub.Texts())
	}
	before := stub.Calls()
	const unasked = "Which plant is eaten by animal7?" // the readers' questions may be remembered
	found, again := search(t, address, unasked), search(t, address, unasked)
	if found != again || stub.Calls() != before+1 {
		t.Errorf("%d requests for one question asked twice", stub.Calls()-before)
	}
	asked += readers(t, address, func() {
		succeed(t, &back, "reembed", "--server", address, "--key", key.Key, "--to", there.From, "--json")
	})
	if back.To != there.From {
		t.Errorf("back: %+v", back)
	}
	t.Logf("%d questions during both moves", asked)
	if strings.Contains(messages.String(), geminitest.Key) {
		t.Error("the key is in the log")
	}
}

// readers ask until move has returned, and at least once each. It returns how many questions were
// answered.
func readers(t *testing.T, address string, move func()) int {
	t.Helper()
	moved, asked := make(chan struct{}), make([]int, 3)
	var group sync.WaitGroup
	for reader := range asked {
		group.Go(func() {
			for i := reader; ; i += len(asked) {
				question := fmt.Sprintf("What does animal%d eat?", i%150)
				if first := search(t, address, question); first != fmt.Sprintf("p%d.md", i%150) {
					t.Errorf("%s finds %q", question, first)
				}
				asked[reader]++
				select {
				case <-moved:
					return
				default:
				}
			}
		})
	}
	move()
	close(moved)
	group.Wait()
	return asked[0] + asked[1] + asked[2]
}

// search returns the document that is found first.
func search(t *testing.T, address, question string) string {
	t.Helper()
	var found struct {
		Passages []struct {
			DocID string `json:"doc_id"`
		}
		Degraded []string
	}
	r := lectern(t, "search", question, "--server", address, "--json")
	if err := json.Unmarshal([]byte(r.stdout), &found); err != nil || len(found.Passages) == 0 ||
		len(found.Degraded) > 0 {
		t.Errorf("%s: %q, %q", question, r.stdout, r.stderr)
		return ""
	}
	return found.Passages[0].DocID
}

// TestRemoteEmbedderIsMissing: a book is not opened without the key of its model, and its other
// settings are those of its space.
func TestRemoteEmbedderIsMissing(t *testing.T) {
	data := t.TempDir()
	dir := files(t, map[string]string{"a.md": "# A\n\nApples.", "b.md": "# B\n\nBears."})
	stub := useGemini(t)
	succeed(t, nil, "ingest", dir, "--json", "--data-dir", data, "--embedder", "gemini",
		"--embedding-dimensions", "128")
	if stub.Texts() != 2 {
		t.Errorf("%d texts were embedded", stub.Texts())
	}
	succeed(t, nil, "search", "bears", "--json", "--data-dir", data)
	t.Setenv("LECTERN_GEMINI_API_KEY", "")
	for _, command := range [][]string{{"search", "bears"}, {"serve", "--listen", "127.0.0.1:0"}} {
		r := lectern(t, append(command, "--data-dir", data)...)
		if r.code == 0 || !strings.Contains(r.stderr, "LECTERN_GEMINI_API_KEY") ||
			!strings.Contains(r.stderr, geminiSpace) {
			t.Errorf("%s without a key: exit %d, %q", command[0], r.code, r.stderr)
		}
	}
	r := lectern(t, "ingest", dir, "--data-dir", t.TempDir(), "--embedder", "gemini")
	if r.code != exitUsage || !strings.Contains(r.stderr, "LECTERN_GEMINI_API_KEY") {
		t.Errorf("a new book without a key: exit %d, %q", r.code, r.stderr)
	}
	// The way out: doctor and reembed open it all the same.
	succeed(t, nil, "reembed", "--embedder", "static", "--json", "--data-dir", data)
	succeed(t, nil, "search", "bears", "--json", "--data-dir", data)
}

// TestLocalEmbedder: a server of one's own gets no key of OpenAI's; the stub refuses one.
func TestLocalEmbedder(t *testing.T) {
	stub := openaitest.New(t, openaitest.Options{Model: "nomic-embed-text", Dimensions: 32, Open: true})
	t.Setenv("LECTERN_OPENAI_API_KEY", openaitest.Key)
	t.Setenv("LECTERN_EMBEDDER", "openai")
	t.Setenv("LECTERN_EMBEDDING_BASE_URL", stub.URL)
	t.Setenv("LECTERN_EMBEDDING_MODEL", "nomic-embed-text")
	t.Setenv("LECTERN_EMBEDDING_DIMENSIONS", "32")
	data := t.TempDir()
	dir := files(t, map[string]string{"a.md": "# A\n\nApples."})
	succeed(t, nil, "ingest", dir, "--json", "--data-dir", data)
	succeed(t, nil, "search", "apples", "--json", "--data-dir", data)
	if stub.Texts() != 2 {
		t.Errorf("%d texts were embedded", stub.Texts())
	}
}

// TestEmbedderIsDown: questions are answered from their words; nothing is written without vectors.
func TestEmbedderIsDown(t *testing.T) {
	data := t.TempDir()
	dir := files(t, map[string]string{"a.md": "# A\n\nApples."})
	stub := useGemini(t)
	t.Setenv("LECTERN_EMBEDDER", "gemini")
	t.Setenv("LECTERN_EMBEDDING_DIMENSIONS", "128")
	succeed(t, nil, "ingest", dir, "--json", "--data-dir", data)
	stub.Close()
	var found struct{ Degraded []string }
	succeed(t, &found, "search", "apples", "--json", "--data-dir", data)
	if len(found.Degraded) != 1 || found.Degraded[0] != "embedder" {
		t.Errorf("degraded is %q", found.Degraded)
	}
	write(t, dir+"/b.md", "# B\n\nBears.")
	r := lectern(t, "ingest", dir, "--data-dir", data)
	if r.code == 0 || !strings.Contains(r.stderr, "gemini/gemini-embedding-2 cannot be reached") {
		t.Errorf("ingest: exit %d, %q", r.code, r.stderr)
	}
}
