//go:build corpora

package eval_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// pieceLength is how many characters a piece of a chunking corpus has at most.
const pieceLength = 1000

// piece is a stretch of a corpus, in characters.
type piece struct {
	corpus     string
	start, end int
}

func (p piece) id() string { return fmt.Sprintf("%s/%d", p.corpus, p.start) }

// TestCorporaChunking: the corpora of chunking_evaluation, cut into pieces that end at white space.
// A piece answers a question if it holds half of one of its references, or 150 characters of it.
func TestCorporaChunking(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	pieces := writePieces(t, path("corpus.jsonl"))
	writeQuestions(t, pieces, path("queries.jsonl"), path("test.tsv"))
	_, b := book(t)
	ctx := context.Background()
	loaded, err := b.LoadCorpus(ctx, path("corpus.jsonl"), "text")
	if err != nil || len(loaded.Failed) > 0 {
		t.Fatal(err, loaded.Failed)
	}
	legs, err := b.MeasureSearch(ctx, path("queries.jsonl"), path("test.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	fusionHelps(t, legs)
}

// writePieces writes the five corpora as a corpus in BEIR's format.
func writePieces(t *testing.T, path string) (pieces []piece) {
	t.Helper()
	files, err := filepath.Glob(shared(t, "qa/chunking_evaluation/corpora") + "/*.md")
	if err != nil || len(files) != 5 {
		t.Fatalf("%d corpora, %v", len(files), err)
	}
	var lines []any
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".md")
		text := []rune(string(raw))
		for start := 0; start < len(text); {
			end := min(start+pieceLength, len(text))
			if at := strings.LastIndexAny(string(text[start:end]), " \n"); at > 0 && end < len(text) {
				end = start + len([]rune(string(text[start:end])[:at+1]))
			}
			p := piece{name, start, end}
			if words := string(text[start:end]); strings.TrimSpace(words) != "" {
				pieces = append(pieces, p)
				lines = append(lines, map[string]string{"_id": p.id(), "text": words})
			}
			start = end
		}
	}
	writeLines(t, path, lines)
	return pieces
}

// writeQuestions writes the questions and which pieces answer them.
func writeQuestions(t *testing.T, pieces []piece, queries, qrels string) {
	t.Helper()
	file, err := os.Open(shared(t, "qa/chunking_evaluation/questions_df.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var lines []any
	judged := "query-id\tcorpus-id\tscore\n"
	for i, row := range rows[1:] {
		lines = append(lines, map[string]string{"_id": fmt.Sprint(i), "text": row[0]})
		var references []struct {
			Start int `json:"start_index"`
			End   int `json:"end_index"`
		}
		if err := json.Unmarshal([]byte(row[1]), &references); err != nil {
			t.Fatal(err)
		}
		for _, p := range pieces {
			for _, r := range references {
				common := min(p.end, r.End) - max(p.start, r.Start)
				if p.corpus == row[2] && (common >= 150 || 2*common >= r.End-r.Start) {
					judged += fmt.Sprintf("%d\t%s\t1\n", i, p.id())
					break
				}
			}
		}
	}
	writeLines(t, queries, lines)
	if err := os.WriteFile(qrels, []byte(judged), 0o600); err != nil {
		t.Fatal(err)
	}
}

func writeLines(t *testing.T, path string, lines []any) {
	t.Helper()
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	for _, line := range lines {
		if err := encoder.Encode(line); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path, []byte(out.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}
