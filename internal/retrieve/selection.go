package retrieve

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/lexical"
)

// Where a marked text is looked for, and how much of it.
const (
	locateDocuments = 5    // documents that share most of its words
	maxAskedBytes   = 1000 // of it are searched for beside the question
	maxMarked       = 3    // chunks that may lead the passages
)

// question is what both legs are asked: the question, and the words that the reader marked.
func (r Request) question() string {
	if r.Selection.Text == "" {
		return r.Question
	}
	text := r.Selection.Text
	if len(text) > maxAskedBytes {
		text = strings.ToValidUTF8(text[:maxAskedBytes], "")
	}
	return r.Question + "\n" + text
}

// restrict turns the selection's document and chapter into doc_ids.
func (s *search) restrict(ctx context.Context) error {
	selection, view := s.request.Selection, s.request.View
	if selection.DocID != "" {
		if _, err := s.store.Document(ctx, selection.DocID, view); err != nil {
			return err
		}
		s.docIDs = []string{selection.DocID}
	}
	if selection.Chapter == "" {
		return nil
	}
	docIDs, err := s.store.ChapterDocuments(ctx, selection.Chapter, view)
	if err != nil {
		return err
	}
	if len(docIDs) == 0 {
		return book.Errorf(book.NotFound, "there is no chapter %q", selection.Chapter)
	}
	if s.docIDs == nil {
		s.docIDs = docIDs
		return nil
	}
	if !slices.Contains(docIDs, selection.DocID) {
		s.docIDs = []string{}
	}
	return nil
}

// locate looks for the marked text in the documents that share most of its words, and keeps the
// passages that hold it. A text that is in none of them is no error: it may have come from
// elsewhere.
func (s *search) locate(ctx context.Context) error {
	s.marked = nil
	wanted := letters(s.request.Selection.Text)
	if wanted.text == "" {
		return nil
	}
	terms, _ := lexical.QueryWeights(s.request.Selection.Text)
	near, err := s.store.SearchTerms(ctx, terms, s.request.View, s.docIDs, 4*locateDocuments)
	if err != nil {
		return err
	}
	tried := map[string]bool{}
	for _, passage := range near {
		if tried[passage.DocID] || len(tried) == locateDocuments {
			continue
		}
		tried[passage.DocID] = true
		if s.marked, err = s.find(ctx, passage.DocID, wanted.text); err != nil || s.marked != nil {
			return err
		}
	}
	return nil
}

// find returns the chunks of a document over which the marked text lies, as passages. Text and
// chunks are read one after the other: should the document be ingested again in between, both are
// read again.
func (s *search) find(ctx context.Context, docID, wanted string) ([]book.Passage, error) {
	for range maxLooks {
		passages, whole, err := s.findOnce(ctx, docID, wanted)
		if book.CodeOf(err) == book.NotFound {
			return nil, nil // deleted since
		}
		if err != nil || whole {
			return passages, err
		}
	}
	return nil, nil
}

// findOnce is find; whole is false when text and chunks are of two revisions.
func (s *search) findOnce(
	ctx context.Context, docID, wanted string,
) (passages []book.Passage, whole bool, err error) {
	doc, text, err := s.store.Text(ctx, docID, s.request.View)
	if err != nil {
		return nil, false, err
	}
	all := letters(text)
	at := strings.Index(all.text, wanted)
	if at < 0 {
		return nil, true, nil
	}
	start, end := all.runes[at], all.runes[at+len(wanted)-1]+1
	chunks, err := s.store.ListChunks(ctx, docID, s.request.View, -1, doc.Chunks)
	if err != nil {
		return nil, false, err
	}
	runes := []rune(text)
	for _, c := range chunks {
		if c.CharEnd > len(runes) || string(runes[c.CharStart:c.CharEnd]) != c.Text {
			return nil, false, nil
		}
		if c.CharStart < end && start < c.CharEnd && len(passages) < maxMarked {
			passages = append(passages, passageOf(doc, c))
		}
	}
	return passages, true, nil
}

func passageOf(doc book.Document, c book.Chunk) book.Passage {
	p := book.Passage{
		DocID: doc.DocID, Title: doc.Title, Chapter: doc.Chapter, HeadingPath: c.HeadingPath,
		URL: doc.URL, ChunkID: c.ChunkID, ChunkIndex: c.Index, CharStart: c.CharStart,
		CharEnd: c.CharEnd, Text: c.Text, Revision: doc.Revision, Score: 1,
		Anchors: c.Anchors,
	}
	if p.URL != "" && c.Anchor != "" {
		p.URL += "#" + c.Anchor
	}
	return p
}

// lettered is a text reduced to its letters and digits in lower case, so that what a
// reader marked on the rendered page is found in the Markdown; runes[i] is the code point of the
// original from which byte i of text came.
type lettered struct {
	text  string
	runes []int
}

func letters(text string) lettered {
	var b strings.Builder
	var at []int
	i := 0
	for _, r := range text {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			r = unicode.ToLower(r)
			b.WriteRune(r)
			for range utf8.RuneLen(r) {
				at = append(at, i)
			}
		}
		i++
	}
	return lettered{text: b.String(), runes: at}
}
