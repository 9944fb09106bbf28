package answer

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"

	"github.com/lectern-project/lectern/internal/llm"
)

// Teach returns m as a model whose text is checked while it comes. No marker of a passage that is not
// there, no link but to a passage's page, no image, no HTML and no white space in front gets through.
// The quotes behind its markers are found in the passages. An answer of which nothing is left is
// Malformed, as is one that calls tools it was not given and says nothing.
//
// A model that refuses a request with tools is asked again without; once that has worked, it is not
// given tools any more.
func Teach(m llm.Model) llm.Model { return &teacher{Model: m} }

// Quote returns m, which numbers its own quotes, as a model whose text is checked in the same way while it
// comes; its markers and quotes stay.
func Quote(m llm.Model) llm.Model { return &teacher{Model: m, quotes: true} }

type teacher struct {
	llm.Model

	quotes   bool
	toolless atomic.Bool
}

// Generate implements [llm.Model].
func (t *teacher) Generate(
	ctx context.Context, r llm.Request, emit func(text string) error,
) (llm.Response, error) {
	if len(r.Tools) > 0 && t.toolless.Load() {
		r = withoutTools(r)
	}
	response, err := t.checked(ctx, r, emit)
	if err == nil || len(r.Tools) == 0 || response.Text != "" ||
		llm.FailureOf(err).Class != llm.Refused {
		return response, err
	}
	response, err = t.checked(ctx, withoutTools(r), emit)
	if err == nil {
		t.toolless.Store(true)
	}
	return response, err
}

// checked calls the model and lets its text through as far as it holds.
func (t *teacher) checked(
	ctx context.Context, r llm.Request, emit func(text string) error,
) (llm.Response, error) {
	g := newGuard(r.Passages)
	g.quoted = t.quotes
	var said strings.Builder
	pass := func(text string) error {
		if text == "" {
			return nil
		}
		said.WriteString(text)
		if emit == nil {
			return nil
		}
		return emit(text)
	}
	response, err := t.Model.Generate(ctx, r, func(text string) error {
		return pass(g.write(text))
	})
	if err == nil {
		err = pass(g.end())
	}
	response.Text = said.String()
	if err != nil {
		return response, err
	}
	if !t.quotes {
		response.Quotes = g.quotes(response.Text)
	}
	if f := t.judge(r, g, &response); f != nil {
		return response, llm.Fail(t.Name(), *f)
	}
	return response, nil
}

// judge says what a whole response is.
func (t *teacher) judge(r llm.Request, g *guard, response *llm.Response) *llm.Failure {
	if len(r.Tools) == 0 && response.Finish == llm.FinishToolCalls {
		response.ToolCalls, response.Finish = nil, llm.FinishStop
	}
	switch {
	case response.Finish == llm.FinishToolCalls, response.Finish == llm.FinishBlocked:
	case g.noAnswer && response.Finish == llm.FinishStop:
		response.Finish = llm.FinishNoAnswer
	case response.Text == "" && response.Finish == llm.FinishLength:
		return &llm.Failure{Class: llm.Truncated}
	case response.Text == "" && response.Finish != llm.FinishNoAnswer:
		return &llm.Failure{Class: llm.Malformed, Err: errors.New("nothing of the answer may be shown")}
	}
	return nil
}
