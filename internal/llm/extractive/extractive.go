// Package extractive answers without a language model: it quotes the sentences of the passages
// that say most about the question.
package extractive

import (
	"context"
	"fmt"
	"strings"

	"github.com/lectern-project/lectern/internal/llm"
)

// MaxAnswer is the length of the longest answer in characters, markers included.
const MaxAnswer = 1200

const name = llm.Extractive

// Model is the extractive answerer. It has no state and never fails but by its context or by emit.
type Model struct{}

var _ llm.Model = Model{}

// New returns the model.
func New() Model { return Model{} }

// Name implements [llm.Model].
func (Model) Name() string { return name }

// Generate implements [llm.Model]. It looks at Question, Selection and Passages alone. The answer is
// made of quotes, numbered and each followed by its marker; a quote is one or several sentences
// that follow one another, and Quotes holds where they stand. In the text of the answer, links
// are written as their words and lines are joined; nothing else differs from the passage. When no
// passage has a sentence about the question, Finish is NoAnswer and nothing is emitted.
func (m Model) Generate(
	ctx context.Context, r llm.Request, emit func(text string) error,
) (llm.Response, error) {
	response := llm.Response{Model: name, Finish: llm.FinishNoAnswer}
	if err := ctx.Err(); err != nil {
		return response, err
	}
	for i, q := range choose(r) {
		text := q.text(i + 1)
		if i > 0 {
			text = separator + text
		}
		response.Finish = llm.FinishStop
		response.Text += text
		response.Quotes = append(response.Quotes,
			llm.Quote{Marker: i + 1, Passage: q.passage + 1, Start: q.start, End: q.end})
		if emit == nil {
			continue
		}
		if err := emit(text); err != nil {
			return response, err
		}
	}
	return response, nil
}

// separator stands between two quotes.
const separator = "\n\n"

// quote is a run of pieces of one passage that follow one another.
type quote struct {
	passage    int
	start, end int
	pieces     []piece
}

// text is the quote as the answer shows it, with its marker.
func (q quote) text(number int) string {
	var b strings.Builder
	marker := fmt.Sprintf(" [%d]", number)
	for i, p := range q.pieces {
		if i > 0 {
			b.WriteString(q.pieces[i-1].gap())
		}
		b.WriteString(p.shown)
		if i == len(q.pieces)-1 {
			b.WriteString(marker)
		}
		b.WriteString(p.block)
	}
	return b.String()
}
