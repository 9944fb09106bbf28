package answer

import (
	"context"
	"strings"
	"time"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/retrieve"
	"github.com/lectern-project/lectern/internal/telemetry"
)

const (
	// maxTurns is how often the model is called for one answer; in the last turn it cannot search.
	maxTurns = 3
	// maxCalls is how many of the searches that the model asks for in one turn are made.
	maxCalls = 3
	// maxTokens bounds an answer, what the model thinks before it included.
	maxTokens = 2048
)

// agent answers one question: the model gets the passages that were found for it, may search the book
// for more, and writes. No call that it makes is lost by a change of the model: another one goes on
// with the same messages, as long as nothing was passed on to the reader.
type agent struct {
	*Service

	request  retrieve.Request
	answer   *Answer
	events   Events
	sources  sources
	asked    map[string]bool // queries of the searches so far
	messages []llm.Message
	progress llm.Progress
	said     string
}

// generate has the model answer. enough passages were found.
func (s *Service) generate(
	ctx context.Context, r retrieve.Request, a *Answer, events Events,
) (err error) {
	ctx, end := s.Telemetry.Stage(ctx, telemetry.Generate)
	defer end(&err)
	g := agent{
		Service: s, request: r, answer: a, events: events, asked: map[string]bool{},
		progress: llm.Progress{Began: time.Now()},
	}
	g.sources.add(a.RawChunks)
	defer func() { a.RawChunks = g.sources.live() }()
	g.messages = []llm.Message{{Role: llm.RoleUser, Text: prompt(g.modelRequest())}}
	for turn := 1; ; turn++ {
		response, err := g.turn(ctx, turn)
		if err != nil {
			return err
		}
		if response.Finish != llm.FinishToolCalls {
			return g.finish(ctx, response)
		}
		if err := g.callTools(ctx, response); err != nil {
			return err
		}
	}
}

// modelRequest is what every model is given. The extractive answerer looks at nothing else.
func (g *agent) modelRequest() llm.Request {
	return llm.Request{
		Question: g.request.Question, Selection: g.request.Selection.Text,
		Passages: g.sources.passages, MaxTokens: maxTokens, Progress: g.progress,
	}
}

// turn calls the model once, and passes its text on.
func (g *agent) turn(ctx context.Context, turn int) (llm.Response, error) {
	r := g.modelRequest()
	r.System, r.Messages, r.Tools = searching, g.messages, tools
	if turn == maxTurns {
		r = withoutTools(r)
	}
	response, err := g.model.Generate(ctx, r, g.emitter())
	g.answer.Attempts = append(g.answer.Attempts, response.Attempts...)
	if err != nil {
		return response, err
	}
	g.answer.Model = response.Model
	if g.said != "" && response.Text != "" {
		g.said += "\n\n"
	}
	g.said += response.Text
	g.progress.By = response.By
	g.progress.Emitted = g.events.Token != nil && g.said != ""
	if len(response.Quotes) > 0 && response.Finish == llm.FinishToolCalls {
		// What was cited is the answer. A search could find that a cited page has changed.
		response.Finish = llm.FinishStop
	}
	return response, nil
}

// emitter passes the text of a turn on, as a paragraph of its own.
func (g *agent) emitter() func(string) error {
	if g.events.Token == nil {
		return nil
	}
	first := g.said != ""
	return func(text string) error {
		if first {
			first = false
			text = "\n\n" + text
		}
		return g.events.Token(text)
	}
}

// finish makes the answer of the last response.
func (g *agent) finish(ctx context.Context, response llm.Response) error {
	a := g.answer
	if len(a.Attempts) > 0 {
		a.degrade(DegradedModels)
	}
	a.Answer = g.said
	switch response.Finish {
	case llm.FinishNoAnswer:
		return refuse(a, refusal, g.events.Token)
	case llm.FinishBlocked:
		return refuse(a, blocked, g.events.Token)
	case llm.FinishLength:
		a.degrade(DegradedLength)
	}
	var err error
	_, end := guardrail(ctx, "citations")
	a.Citations, err = cite(response, g.sources.passages)
	end(len(a.Citations) > 0, err)
	if err == nil && len(a.Citations) == 0 {
		a.degrade(DegradedCitations)
	}
	return err
}

// callTools answers the model's calls: the searches that it may make, and errors for all others.
func (g *agent) callTools(ctx context.Context, response llm.Response) error {
	g.messages = append(g.messages, llm.Message{
		Role: llm.RoleAssistant, Text: response.Text, ToolCalls: response.ToolCalls,
	})
	for i, call := range response.ToolCalls {
		text := "error: at most " + decimal(maxCalls) + " searches are made at once"
		if i < maxCalls {
			var err error
			if text, err = g.callTool(ctx, call); err != nil {
				return err
			}
		}
		g.messages = append(g.messages, llm.Message{
			Role: llm.RoleTool, ToolCallID: call.ID, Text: text,
		})
	}
	return nil
}

// callTool answers one call. What the model did wrong is told to it; an error is that of a search.
func (g *agent) callTool(ctx context.Context, call llm.ToolCall) (result string, err error) {
	ctx, span := startTool(ctx, call)
	defer func() { endTool(ctx, span, result, err) }()
	query, topK, wrong := searchArguments(call)
	if wrong == "" && g.asked[strings.ToLower(query)] {
		wrong = "the book was searched for this already"
	}
	if wrong != "" {
		span.Fail("invalid_arguments")
		return "error: " + wrong, nil
	}
	g.asked[strings.ToLower(query)] = true
	if g.events.Search != nil {
		if err := g.events.Search(query); err != nil {
			return "", err
		}
	}
	r := retrieve.Request{
		Question: query, TopK: topK, View: g.request.View,
		Selection: retrieve.Selection{
			DocID: g.request.Selection.DocID, Chapter: g.request.Selection.Chapter,
		},
	}
	found, err := g.search.Search(ctx, r)
	switch book.CodeOf(err) {
	case "":
	case book.Invalid, book.TooLarge:
		return "error: " + book.MessageOf(err), nil
	default:
		return "", err
	}
	g.answer.degrade(found.Degraded...)
	added := g.sources.add(found.Passages)
	if g.events.Passages != nil && len(added.new) > 0 {
		if err := g.events.Passages(g.sources.live()); err != nil {
			return "", err
		}
	}
	return g.sources.describe(added), nil
}
