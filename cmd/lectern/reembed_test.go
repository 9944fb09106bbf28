package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	firstSpace  = "static-lectern-static-en-256-p1-l"
	secondSpace = "static-lectern-static-en-256-p2-l"
)

// moved is what reembed --json prints.
type moved struct {
	From, To string
	Dropped  []string
	Measured map[string]map[string]map[string]float64
}

func TestReembed(t *testing.T) {
	data := t.TempDir()
	dir := files(t, map[string]string{"a.md": "# A\n\nApples.", "b.md": "# B\n\nBears."})
	succeed(t, nil, "ingest", dir, "--data-dir", data)
	queries := textFile(t, "queries.jsonl", `{"_id":"1","text":"Bears"}`)
	qrels := textFile(t, "qrels.tsv", "query-id\tcorpus-id\tscore\n1\tb.md\t1\n")

	var there, back, again moved
	succeed(t, &there, "reembed", "--embedder", "static-2", "--json", "--data-dir", data, "--queries",
		queries, "--qrels", qrels)
	if !strings.HasPrefix(there.From, firstSpace) || !strings.HasPrefix(there.To, secondSpace) ||
		there.Dropped == nil || len(there.Dropped) > 0 {
		t.Errorf("moved %+v", there)
	}
	for _, space := range []string{there.From, there.To} {
		if got := there.Measured[space]["fused"]["ndcg@10"]; got != 1 {
			t.Errorf("%s measures %v", space, there.Measured[space])
		}
	}
	// Without the setting the book stays what it is; with another one there is a warning.
	if r := lectern(t, "search", "bears", "--data-dir", data); r.code != 0 || r.stderr != "" {
		t.Errorf("search: exit %d, %q", r.code, r.stderr)
	}
	r := lectern(t, "search", "bears", "--data-dir", data, "--embedder", "static")
	if r.code != 0 || !strings.Contains(r.stderr, "lectern reembed") {
		t.Errorf("search with another embedder: exit %d, %q", r.code, r.stderr)
	}

	r = lectern(t, "doctor", "--data-dir", data)
	for _, want := range []string{there.From + "  standby ", there.To + "  active "} {
		if r.code != 0 || !strings.Contains(r.stdout, want) {
			t.Errorf("doctor prints no %q but %q", want, r.stdout)
		}
	}
	write(t, dir+"/c.md", "# C\n\nCrows.")
	succeed(t, nil, "ingest", dir, "--data-dir", data)
	succeed(t, &back, "reembed", "--to", there.From, "--drop-old", "--json", "--data-dir", data)
	want := moved{From: there.To, To: there.From, Dropped: []string{there.To}}
	if diff := cmp.Diff(want, back); diff != "" {
		t.Errorf("back (-want +got):\n%s", diff)
	}
	if r := lectern(t, "doctor", "--data-dir", data); strings.Contains(r.stdout, there.To) {
		t.Errorf("doctor still names what was dropped: %q", r.stdout)
	}
	succeed(t, &again, "reembed", "--json", "--data-dir", data)
	want = moved{From: there.From, To: there.From, Dropped: []string{}}
	if diff := cmp.Diff(want, again); diff != "" {
		t.Errorf("where it is already (-want +got):\n%s", diff)
	}
}

// textFile writes a file into a new folder and returns its path.
func textFile(t *testing.T, name, text string) string {
	t.Helper()
	return files(t, map[string]string{name: text}) + "/" + name
}

func TestReembedForPeople(t *testing.T) {
	data := t.TempDir()
	dir := files(t, map[string]string{"a.md": "# A\n\nApples."})
	succeed(t, nil, "ingest", dir, "--data-dir", data)
	r := lectern(t, "reembed", "--embedder", "static-2", "--data-dir", data)
	if r.code != 0 || !strings.Contains(r.stdout, "has moved from "+firstSpace) ||
		!strings.Contains(r.stderr, "lectern reembed --to "+firstSpace) {
		t.Errorf("exit %d, %q, %q", r.code, r.stdout, r.stderr)
	}
	r = lectern(t, "reembed", "--embedder", "static-2", "--drop-old", "--data-dir", data)
	if r.code != 0 || !strings.Contains(r.stdout, "Dropped "+firstSpace) {
		t.Errorf("exit %d, %q, %q", r.code, r.stdout, r.stderr)
	}
}

func TestReembedRefuses(t *testing.T) {
	data := t.TempDir()
	for _, test := range []struct {
		code int
		want string
		args []string
	}{
		{exitFailure, firstSpace, []string{"--to", "nowhere"}},
		{exitUsage, "need each other", []string{"--queries", "x"}},
		{exitUsage, "1 or more", []string{"--rate=-1"}},
		{exitUsage, "data directory only", []string{"--server", "http://x", "--queries", "x", "--qrels", "y"}},
		{exitUsage, "--to", []string{"--server", "http://x", "--embedder", "static-2"}},
		{exitUsage, "static-3", []string{"--embedder", "static-3"}},
	} {
		r := lectern(t, append([]string{"reembed", "--data-dir", data}, test.args...)...)
		if r.code != test.code || !strings.Contains(r.stderr, test.want) {
			t.Errorf("%q: exit %d, %q", test.args, r.code, r.stderr)
		}
	}
}

// TestReembedOnServer: an administrator moves the book of a running server, and others may not.
func TestReembedOnServer(t *testing.T) {
	data := t.TempDir()
	dir := files(t, map[string]string{"a.md": "# A\n\nApples.", "b.md": "# B\n\nBears."})
	succeed(t, nil, "ingest", dir, "--data-dir", data)
	keys := map[string]string{}
	for _, permission := range []string{"admin", "ingest"} {
		var key struct{ Key string }
		succeed(t, &key, "key", "create", "--permission", permission, "--json", "--data-dir", data)
		keys[permission] = key.Key
	}
	address, _, stop := serve(t, "--data-dir", data, "--embedder", "static-2")
	if r := lectern(t, "reembed", "--server", address, "--key", keys["ingest"]); r.code != exitAuthentication {
		t.Errorf("a key to ingest with: exit %d, %q", r.code, r.stderr)
	}
	var there moved
	succeed(t, &there, "reembed", "--server", address, "--key", keys["admin"], "--drop-old", "--json")
	if !strings.HasPrefix(there.To, secondSpace) || len(there.Dropped) != 1 {
		t.Errorf("moved %+v", there)
	}
	r := lectern(t, "reembed", "--server", address, "--key", keys["admin"], "--to", "nowhere")
	if r.code != exitFailure || !strings.Contains(r.stderr, secondSpace) {
		t.Errorf("to nowhere: exit %d, %q", r.code, r.stderr)
	}
	if code := stop(); code != 0 {
		t.Errorf("serve exits with %d", code)
	}
}
