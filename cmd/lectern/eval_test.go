package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEval(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	dir := t.TempDir()
	corpus, queries := filepath.Join(dir, "corpus.jsonl"), filepath.Join(dir, "queries.jsonl")
	qrels, answers := filepath.Join(dir, "test.tsv"), filepath.Join(dir, "answers.jsonl")
	write(t, corpus, `{"_id":"1","title":"Foxes","text":"A fox digs a den for its cubs."}
{"_id":"../2","title":"Owls","text":"An owl hunts mice at night without a sound."}
`)
	write(t, queries, `{"_id":"q1","text":"Who hunts mice at night?"}
{"_id":"q2","text":"Who digs a den?"}
{"_id":"q3","text":"A question that is not judged"}
`)
	write(t, qrels, "query-id\tcorpus-id\tscore\nq1\t../2\t1\nq2\t1\t1\n")
	write(t, answers, `{"question":"Who digs a den for its cubs?","answerable":true,"doc_id":"1",`+
		`"expected":["fox"]}
{"question":"What is the capital of Mongolia?","answerable":false}
`)
	search := []string{"--queries", queries, "--qrels", qrels}
	var got map[string]any
	succeed(t, &got, append([]string{"eval", "--json", "--corpus", corpus}, search...)...)
	const leg = `{"ndcg@10":1,"recall@10":1,"recall@100":1,"mrr@10":1,"hit@5":1}`
	checkShape(t, "eval", got, `{"fused":`+leg+`,"dense":`+leg+`,"sparse":`+leg+`,"queries":1,
		"documents":1,"chunks":1,
		"seconds":{"ingest":1,"search_p50_ms":1,"search_p95_ms":1}}`)
	if got["queries"] != 2.0 || got["documents"] != 2.0 || got["chunks"] != 2.0 {
		t.Errorf("eval counts %v", got)
	}
	if sparse := got["sparse"].(map[string]any); sparse["ndcg@10"] != 1.0 {
		t.Errorf("the sparse leg measures %v", sparse)
	}
	got = nil
	succeed(t, &got, "eval", "--json", "--corpus", corpus, "--answers", answers)
	checkShape(t, "eval --answers", got, `{"answers":{"questions":1,"balanced_accuracy":1,
		"false_refusals":1,"false_answers":1,"verbatim_citations":1,"contains_expected":1,
		"cited_gold":1}}`)
	pages := files(t, map[string]string{"1": "", "a.md": "# Foxes\n\nA fox digs a den."})
	r := lectern(t, append([]string{"eval", "--docs", pages}, search...)...)
	if r.code != 0 || !strings.Contains(r.stdout, "fused ") ||
		!strings.Contains(r.stderr, "2 of the judged documents are not in the book") {
		t.Errorf("eval --docs: %+v", r)
	}
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"--docs", pages}, "name the questions"},
		{search, "name what to measure"},
		{[]string{"--corpus", corpus, "--queries", queries}, "go together"},
		{[]string{"--corpus", queries + "x", "--answers", answers}, "x of --corpus is not there"},
		{[]string{"--docs", pages, "--answers", answers + "x"}, "x of --answers is not there"},
		{[]string{"--docs", pages + "x", "--answers", answers}, "x of --docs is not there"},
		{[]string{"--corpus", qrels, "--answers", answers}, ":1 is not a JSON object"},
	} {
		r := lectern(t, append([]string{"eval"}, test.args...)...)
		if r.code != exitUsage || !strings.Contains(r.stderr, test.want) {
			t.Errorf("eval %q: exit %d, %q, want %q", test.args, r.code, r.stderr, test.want)
		}
	}
	left, err := os.ReadDir(os.TempDir())
	if err != nil || len(left) > 0 {
		t.Errorf("eval leaves %v behind, %v", left, err)
	}
}
