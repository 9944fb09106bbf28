package app

import (
	"context"
	"slices"
	"strings"

	"github.com/lectern-project/lectern/internal/answer"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/llm/extractive"
	"github.com/lectern-project/lectern/internal/store"
)

// How much of a book is looked at for a question to try, and how many are tried.
const (
	sampleDocuments = 30
	sampleChunks    = 50
	sampleTries     = 8
)

// SampleQuestion returns a question to try: a heading of the book that is a question and that the
// book answers, else the title of a page. Empty when there is no public document. No language model
// is asked: replicas that start would pay for what nobody wants to know.
func (a *App) SampleQuestion(ctx context.Context) string {
	docs, err := a.Store.ListDocuments(ctx, store.DocumentQuery{Limit: sampleDocuments})
	if err != nil || len(docs) == 0 {
		return ""
	}
	var questions []string
	for _, d := range docs {
		chunks, err := a.Store.ListChunks(ctx, d.DocID, book.View{}, -1, sampleChunks)
		if err != nil {
			continue
		}
		for _, c := range chunks {
			for _, heading := range c.HeadingPath {
				if strings.HasSuffix(heading, "?") && !slices.Contains(questions, heading) {
					questions = append(questions, heading)
				}
			}
		}
	}
	slices.SortStableFunc(questions, func(x, y string) int { return plainness(x) - plainness(y) })
	quoting := answer.New(a.Retrieve, answer.Quote(extractive.New()), "")
	for _, question := range questions[:min(sampleTries, len(questions))] {
		reply, err := quoting.Ask(ctx, answer.Request{Question: question}, answer.Events{})
		if err == nil && !reply.Refused {
			return question
		}
	}
	return docs[0].Title
}

// plainness orders questions for a first try: short ones that ask what something is come first.
func plainness(question string) int {
	if strings.HasPrefix(question, "What is the ") {
		return len(question)
	}
	return 1000 + len(question)
}
