//go:build corpora

package eval_test

import (
	"context"
	"path/filepath"
	"testing"
)

// TestCorporaOwnQuestions asks questions of our own of four books: paraphrases, key words, typos, and
// for each book questions near its subject that it does not answer. The bars lie below what was
// measured; they are there to notice a change that helps one book and harms another.
func TestCorporaOwnQuestions(t *testing.T) {
	for _, c := range []struct {
		name, dir       string
		balanced, cited float64
	}{
		{"robotics-book", "../../examples/robotics-book", 0.85, 0.80},
		{"robotics-textbook", shared(t, "corpora/robotics-textbook"), 0.85, 0.65},
		{"docusaurus-template", shared(t, "corpora/docusaurus-template"), 0.85, 0.80},
		{"rust-book", shared(t, "corpora/rust-book"), 0.87, 0.80},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, b := book(t)
			ctx := context.Background()
			if loaded, err := b.LoadFolder(ctx, c.dir); err != nil || len(loaded.Failed) > 0 {
				t.Fatal(err, loaded.Failed)
			}
			got, err := b.MeasureAnswers(ctx, filepath.Join("testdata", "questions", c.name+".jsonl"))
			if err != nil {
				t.Fatal(err)
			}
			atLeast(t, "balanced accuracy of refusing", *got.BalancedAccuracy, c.balanced)
			atLeast(t, "right page among the cited", *got.CitedGold, c.cited)
			atLeast(t, "verbatim citations", *got.VerbatimCitations, 1)
		})
	}
}
