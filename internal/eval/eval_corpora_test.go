//go:build corpora

package eval_test

import (
	"bufio"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/lectern-project/lectern/internal/answer"
	"github.com/lectern-project/lectern/internal/app"
	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/docsite"
	"github.com/lectern-project/lectern/internal/eval"
	"github.com/lectern-project/lectern/internal/ingest"
)

// book opens a throwaway data directory.
func book(t *testing.T) (*app.App, *eval.Book) {
	t.Helper()
	a, err := app.Open(context.Background(),
		config.Config{DataDir: t.TempDir(), Access: "public"}, slog.New(slog.DiscardHandler), "test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	target, err := a.Client()
	if err != nil {
		t.Fatal(err)
	}
	space, err := a.Store.ActiveSpace(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return a, &eval.Book{
		Target: target, Search: a.Retrieve, Answers: a.Answer, Texts: a.Store, Space: space.Space,
	}
}

// shared is a file of LECTERN_SHARED, which must be there.
func shared(t *testing.T, path string) string {
	t.Helper()
	root := os.Getenv("LECTERN_SHARED")
	if root == "" {
		root = "../../../shared"
	}
	path = filepath.Join(root, filepath.FromSlash(path))
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("LECTERN_SHARED must name the folder with corpora and question sets: %v", err)
	}
	return path
}

// atLeast fails the test when a figure is below its bar.
func atLeast(t *testing.T, name string, got, bar float64) {
	t.Helper()
	t.Logf("%s: %.4f (bar %.4f)", name, got, bar)
	if got < bar {
		t.Errorf("%s is %.4f, below %.4f", name, got, bar)
	}
}

// fusionHelps: the fused result is not worse than the better leg by more than 0.01.
func fusionHelps(t *testing.T, legs eval.Legs) {
	t.Helper()
	t.Logf("nDCG@10: dense %.4f, sparse %.4f", legs.Dense.NDCG10, legs.Sparse.NDCG10)
	atLeast(t, "fused nDCG@10", legs.Fused.NDCG10, max(legs.Dense.NDCG10, legs.Sparse.NDCG10)-0.01)
}

func measureSearch(t *testing.T, b *eval.Book, set, qrels string) eval.Legs {
	t.Helper()
	legs, err := b.MeasureSearch(context.Background(), shared(t, "qa/"+set+"/queries.jsonl"),
		shared(t, "qa/"+set+"/qrels/"+qrels))
	if err != nil {
		t.Fatal(err)
	}
	return legs
}

func TestCorporaRustBook(t *testing.T) {
	a, b := book(t)
	ctx := context.Background()
	dir := shared(t, "corpora/rust-book")
	loaded, err := b.LoadFolder(ctx, dir)
	if err != nil || len(loaded.Failed) > 0 {
		t.Fatal(err, loaded.Failed)
	}

	legs := measureSearch(t, b, "rust-quiz", "no-code.tsv")
	atLeast(t, "fused Hit@5, no code", legs.Fused.Hit5, 0.90)
	atLeast(t, "fused nDCG@10, no code", legs.Fused.NDCG10, 0.80)
	fusionHelps(t, legs)
	fusionHelps(t, measureSearch(t, b, "rust-quiz", "test.tsv"))

	path := shared(t, "qa/rust-quiz/answers.jsonl")
	answers, err := b.MeasureAnswers(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	atLeast(t, "balanced accuracy of refusing", *answers.BalancedAccuracy, 0.95)
	atLeast(t, "right page among the cited", *answers.CitedGold, 0.65)
	atLeast(t, "verbatim citations", *answers.VerbatimCitations, 1)

	refused, asked := withoutOwnPage(t, a, b.Target, dir, path)
	t.Logf("refused without the question's own page: %d of %d", refused, asked)

	report, err := a.Reconcile.Audit(ctx, 0)
	if err != nil || !report.Clean() || report.Ledger != 0 {
		t.Errorf("%+v, %v", report, err)
	}
}

// withoutOwnPage asks each answerable question of the book without the page that answers it.
func withoutOwnPage(
	t *testing.T, a *app.App, target ingest.Target, dir, path string,
) (refused, asked int) {
	t.Helper()
	ctx := context.Background()
	site, err := docsite.Open(dir, docsite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	pages := map[string]docsite.Page{}
	for _, page := range site.Pages {
		pages[page.DocID] = page
	}
	for docID, questions := range answerable(t, path) {
		page, ok := pages[docID]
		if !ok {
			t.Fatalf("there is no page %s", docID)
		}
		if err := target.Remove(ctx, docID); err != nil {
			t.Fatal(err)
		}
		for _, question := range questions {
			got, err := a.Answer.Ask(ctx, answer.Request{Question: question}, answer.Events{})
			if err != nil {
				t.Fatal(err)
			}
			asked++
			if got.Refused {
				refused++
			}
		}
		text, err := site.Load(page)
		if err != nil {
			t.Fatal(err)
		}
		_, err = target.Put(ctx, ingest.Request{
			DocID: docID, Text: string(text), Format: page.Format, Title: page.Title,
			URL: page.URL, Chapter: page.Chapter, Source: "eval",
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return refused, asked
}

// answerable returns the answerable questions by the page that answers them.
func answerable(t *testing.T, path string) map[string][]string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	questions := map[string][]string{}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var q struct {
			Question   string `json:"question"`
			Answerable bool   `json:"answerable"`
			DocID      string `json:"doc_id"`
		}
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			t.Fatal(err)
		}
		if q.Answerable && q.DocID != "" {
			questions[q.DocID] = append(questions[q.DocID], q.Question)
		}
	}
	return questions
}

func TestCorporaSciFact(t *testing.T) {
	_, b := book(t)
	loaded, err := b.LoadCorpus(context.Background(), shared(t, "qa/scifact/corpus.jsonl"), "text")
	if err != nil || len(loaded.Failed) > 0 {
		t.Fatal(err, loaded.Failed)
	}
	legs := measureSearch(t, b, "scifact", "test.tsv")
	atLeast(t, "lexical nDCG@10", legs.Sparse.NDCG10, 0.68)
	atLeast(t, "fused nDCG@10", legs.Fused.NDCG10, 0.70)
	fusionHelps(t, legs)
}
