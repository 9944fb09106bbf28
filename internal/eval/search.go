package eval

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/lectern-project/lectern/internal/answer"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/retrieve"
)

// Book is the book that is measured.
type Book struct {
	// Target is where its documents are ingested.
	Target  ingest.Target
	Search  Searcher
	Answers Answerer
	Texts   Texts
	// Space is the embedding space whose legs are measured.
	Space book.Space

	corpus bool // the documents are a corpus's, named by docIDOf
}

// Searcher searches the book; see retrieve.Service.
type Searcher interface {
	Search(ctx context.Context, r retrieve.Request) (retrieve.Result, error)
	Legs(
		ctx context.Context, space book.Space, r retrieve.Request,
	) (dense, sparse, fused []retrieve.Candidate, err error)
}

// Answerer answers from the book; see answer.Service.
type Answerer interface {
	Ask(ctx context.Context, r answer.Request, e answer.Events) (answer.Answer, error)
}

// Texts gives canonical texts; see store.Documents.
type Texts interface {
	Text(ctx context.Context, docID string, view book.View) (book.Document, string, error)
}

// Legs are the measures of each leg by itself and of both fused.
type Legs struct {
	Dense  Measures
	Sparse Measures
	Fused  Measures
	// Queries is how many questions were measured.
	Queries int
	// P50 and P95 are percentiles of the time of a whole search, in milliseconds.
	P50, P95 float64
	// Absent is how many documents the judgements name that are not in the book. They count as
	// not found.
	Absent int
}

// MeasureSearch asks the questions that the judgements name and measures how each leg ranks
// documents: the whole lists of chunks, before near-duplicates are removed and neighbours joined; a
// document stands where its best chunk does. Both files are in BEIR's formats.
func (b *Book) MeasureSearch(ctx context.Context, queriesPath, qrelsPath string) (Legs, error) {
	texts, err := readQueries(queriesPath)
	if err != nil {
		return Legs{}, err
	}
	judged, err := readQrels(qrelsPath)
	if err != nil {
		return Legs{}, err
	}
	var sum Legs
	var times []float64
	for _, id := range slices.Sorted(maps.Keys(judged)) {
		text, ok := texts[id]
		if !ok {
			return Legs{}, book.Errorf(book.Invalid, "%s judges the question %q, which is not in %s",
				qrelsPath, id, queriesPath)
		}
		relevance, absent, err := b.relevance(ctx, judged[id])
		if err != nil {
			return Legs{}, err
		}
		sum.Absent += absent
		took, err := b.searchOnce(ctx, text, relevance, &sum)
		if err != nil {
			return Legs{}, book.Wrap(book.CodeOf(err), err, "the question %q: %s", id,
				book.MessageOf(err))
		}
		times = append(times, took)
	}
	n := len(judged)
	sum.Dense, sum.Sparse, sum.Fused = sum.Dense.over(n), sum.Sparse.over(n), sum.Fused.over(n)
	sum.Queries, sum.P50, sum.P95 = n, percentile(times, 0.50), percentile(times, 0.95)
	return sum, nil
}

// relevance names documents by their doc_ids, and counts those that are not in the book.
func (b *Book) relevance(
	ctx context.Context, judged map[string]int,
) (named map[string]int, absent int, err error) {
	named = make(map[string]int, len(judged))
	for id, relevance := range judged {
		docID := id
		if b.corpus {
			docID = docIDOf(id)
		}
		named[docID] = relevance
		_, _, err := b.Texts.Text(ctx, docID, book.View{})
		switch code := book.CodeOf(err); {
		case code == book.NotFound || code == book.Invalid:
			absent++
		case err != nil:
			return nil, 0, err
		}
	}
	return named, absent, nil
}

// searchOnce adds a question's measures to sum and returns how long a whole search took, in
// milliseconds.
func (b *Book) searchOnce(
	ctx context.Context, text string, relevance map[string]int, sum *Legs,
) (float64, error) {
	request := retrieve.Request{Question: text}
	start := time.Now()
	if _, err := b.Search.Search(ctx, request); err != nil {
		return 0, err
	}
	took := time.Since(start)
	dense, sparse, fused, err := b.Search.Legs(ctx, b.Space, request)
	if err != nil {
		return 0, err
	}
	sum.Dense.add(measure(documents(dense), relevance))
	sum.Sparse.add(measure(documents(sparse), relevance))
	sum.Fused.add(measure(documents(fused), relevance))
	return float64(took.Microseconds()) / 1000, nil
}

// documents ranks documents by their best chunk.
func documents(chunks []retrieve.Candidate) []string {
	var ranking []string
	seen := map[string]bool{}
	for _, c := range chunks {
		if !seen[c.DocID] {
			seen[c.DocID] = true
			ranking = append(ranking, c.DocID)
		}
	}
	return ranking
}
