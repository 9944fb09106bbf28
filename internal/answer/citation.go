package answer

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/llm"
)

var (
	marker = regexp.MustCompile(`\[(\d{1,3})\]`)
	// code is where "[1]" is an index and no marker.
	code = regexp.MustCompile("(?ms)```.*?```|~~~.*?~~~|`[^`]*`|^(?: {4}|\t)[^\n]*")
)

// cite turns a response's quotes into citations. Every marker of the text must have its quote and
// every quote must lie within its passage; otherwise the answer is an Internal error and not shown.
func cite(response llm.Response, passages []book.Passage) ([]book.Citation, error) {
	citations := make([]book.Citation, 0, len(response.Quotes))
	cited := map[int]bool{}
	for _, quote := range response.Quotes {
		if !within(quote, passages) {
			return nil, book.Errorf(book.Internal, "%s quoted what it was not given",
				response.Model)
		}
		cited[quote.Marker] = true
		citations = append(citations, citation(quote, passages[quote.Passage-1]))
	}
	prose := code.ReplaceAllString(response.Text, "")
	for _, match := range marker.FindAllStringSubmatch(prose, -1) {
		if n, err := strconv.Atoi(match[1]); err != nil || !cited[n] {
			return nil, book.Errorf(book.Internal, "%s cited %s, which is no source",
				response.Model, match[0])
		}
	}
	return citations, nil
}

func within(quote llm.Quote, passages []book.Passage) bool {
	if quote.Passage < 1 || quote.Passage > len(passages) {
		return false
	}
	text := passages[quote.Passage-1].Text
	return 0 <= quote.Start && quote.Start < quote.End && quote.End <= len(text) &&
		utf8.ValidString(text[quote.Start:quote.End])
}

// citation names the chunk in which the quote starts, also where the passage joins several.
func citation(quote llm.Quote, passage book.Passage) book.Citation {
	start := passage.CharStart + utf8.RuneCountInString(passage.Text[:quote.Start])
	words := passage.Text[quote.Start:quote.End]
	source := passage
	for _, part := range passage.Parts {
		if part.CharStart <= start {
			source = part
		}
	}
	return book.Citation{
		Marker: quote.Marker, DocID: source.DocID, Title: source.Title, Chapter: source.Chapter,
		URL: address(source, start), ChunkIndex: source.ChunkIndex, CharStart: start,
		CharEnd: start + utf8.RuneCountInString(words), Quote: words, Revision: source.Revision,
	}
}

// address is the page's, with the anchor of the heading under which start lies.
func address(source book.Passage, start int) string {
	if source.URL == "" {
		return ""
	}
	page, nearest, _ := strings.Cut(source.URL, "#")
	for _, anchor := range source.Anchors {
		if anchor.Start <= start {
			nearest = anchor.ID
		}
	}
	if nearest == "" {
		return page
	}
	return page + "#" + nearest
}
