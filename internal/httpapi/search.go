package httpapi

import (
	"context"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/retrieve"
)

// SearchRequest is one search.
type SearchRequest struct {
	Question  string      `json:"question" minLength:"1" example:"What is physical AI?" doc:"In plain words, at most 8 KiB."`
	TopK      wholeNumber `json:"top_k,omitempty" minimum:"1" maximum:"50" example:"8" doc:"The most passages to return. Default: 8."`
	Selection selection   `json:"selection,omitempty" doc:"Words that the reader marked, or where to look."`
}

// SearchResult is what a search found.
type SearchResult struct {
	Passages []book.Passage `json:"passages" doc:"Best first."`
	// Degraded names parts, as in retrieve.Result.
	Degraded []string         `json:"degraded" doc:"Parts that the search had to do without; empty when it was whole."`
	Timings  retrieve.Timings `json:"timings" doc:"How long the stages took."`
}

// NewSearchResult returns a search's result as the API answers it, for whoever prints the same.
func NewSearchResult(r retrieve.Result) SearchResult {
	return SearchResult{
		Passages: passages(r.Passages), Degraded: orEmpty(r.Degraded), Timings: r.Timings,
	}
}

type (
	searchInput  struct{ Body SearchRequest }
	searchOutput struct{ Body SearchResult }
)

func (s *server) search(ctx context.Context, in *searchInput) (*searchOutput, error) {
	exchangeOf(ctx).question = in.Body.Question
	result, err := s.Search.Search(ctx, retrieve.Request{
		Question: in.Body.Question, TopK: int(in.Body.TopK),
		Selection: in.Body.Selection.Selection, View: caller(ctx).View(),
	})
	exchangeOf(ctx).degraded = result.Degraded
	if err != nil {
		return nil, err
	}
	return &searchOutput{Body: NewSearchResult(result)}, nil
}

// passages makes lists of ps that are nil empty, which they are in JSON.
func passages(ps []book.Passage) []book.Passage {
	ps = orEmpty(ps)
	for i := range ps {
		ps[i].HeadingPath = orEmpty(ps[i].HeadingPath)
	}
	return ps
}
