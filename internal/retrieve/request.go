package retrieve

import (
	"strings"
	"unicode/utf8"

	"github.com/lectern-project/lectern/internal/book"
)

// Limits of a search.
const (
	MaxQuestionBytes  = 8 << 10
	MaxSelectionBytes = 32 << 10
	DefaultTopK       = 8
	MaxTopK           = 50
)

// Request is one search.
type Request struct {
	Question  string
	TopK      int // 0: DefaultTopK
	Selection Selection
	View      book.View
}

// Selection narrows a search, or leads it with words that the reader marked. The zero value does
// neither.
type Selection struct {
	// Text is what the reader marked. Where it is found in the documents, its surroundings come
	// first among the passages.
	Text string
	// DocID and Chapter restrict the search to a document, or to a chapter's documents.
	DocID   string
	Chapter string
}

// Empty reports whether the selection says nothing.
func (s Selection) Empty() bool { return s == Selection{} }

// Result is what a search found. Passages come best first.
type Result struct {
	Passages []book.Passage
	// Located says that the words which the reader marked were found in a document.
	Located bool
	// Degraded names the parts that the search had to do without; empty when it was whole.
	Degraded []string
	Timings  Timings
}

// What a search can be without.
const (
	DegradedIndex    = "vector_index" // lexical search in the relational store instead
	DegradedEmbedder = "embedder"     // the sparse leg alone
	DegradedIndexLag = "index_lag"    // a hit had no live chunk, even when looked at again
)

// Timings are the stages of a search in milliseconds.
type Timings struct {
	EmbedMS float64 `json:"embed_ms"`
	IndexMS float64 `json:"index_ms"`
	LoadMS  float64 `json:"load_ms"`
	TotalMS float64 `json:"total_ms"`
}

// Normalize checks the request and fills in defaults. Errors are Invalid and TooLarge.
func (r Request) Normalize() (Request, error) {
	if !utf8.ValidString(r.Question) || !utf8.ValidString(r.Selection.Text) {
		return r, book.Errorf(book.Invalid, "question and selection must be valid UTF-8")
	}
	r.Question = strings.TrimSpace(r.Question)
	switch {
	case r.Question == "":
		return r, book.Errorf(book.Invalid, "the question is empty; ask something")
	case len(r.Question) > MaxQuestionBytes:
		return r, book.Errorf(book.TooLarge, "the question has %d bytes; at most %d are allowed",
			len(r.Question), MaxQuestionBytes)
	case len(r.Selection.Text) > MaxSelectionBytes:
		return r, book.Errorf(book.TooLarge, "the selection has %d bytes; at most %d are allowed",
			len(r.Selection.Text), MaxSelectionBytes)
	case r.TopK < 0 || r.TopK > MaxTopK:
		return r, book.Errorf(book.Invalid, "top_k is %d; it must be 1 to %d", r.TopK, MaxTopK)
	case r.TopK == 0:
		r.TopK = DefaultTopK
	}
	if r.Selection.DocID != "" {
		if err := book.ValidateDocID(r.Selection.DocID); err != nil {
			return r, err
		}
	}
	return r, nil
}
