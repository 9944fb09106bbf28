// Package llm is the contract of language models. llmtest is its conformance suite.
package llm

import (
	"context"
	"encoding/json"
	"time"

	"github.com/lectern-project/lectern/internal/book"
)

// Request is one call of a model.
type Request struct {
	// Question is the reader's question and Passages are the numbered passages: a model that is
	// told their numbers cites Passages[i] as [i+1]. One that writes from instructions alone may
	// rely on System and Messages, which say the same in words.
	Question  string
	Selection string // words that the reader marked, or empty
	Passages  []book.Passage

	System   string
	Messages []Message
	Tools    []Tool
	// Progress is how far the answer has come, when the request goes on with it.
	Progress Progress
	// MaxTokens bounds the answer; 0 leaves it to the model.
	MaxTokens int
}

// Conversation returns Messages, or the question alone where there are none.
func (r Request) Conversation() []Message {
	if len(r.Messages) > 0 {
		return r.Messages
	}
	return []Message{{Role: RoleUser, Text: r.Question}}
}

// Progress is how far an answer has come that takes several calls. The zero value: this is the first.
// A Chain goes by it.
type Progress struct {
	Began   time.Time // the first call: the time for the answer counts from there
	By      string    // the model that the last call was answered by, as its Response says
	Emitted bool      // text was passed on already, so no other model may go on
}

// MessageRole says who speaks.
type MessageRole string

// The roles of messages.
const (
	RoleUser      MessageRole = "user"
	RoleAssistant MessageRole = "assistant"
	RoleTool      MessageRole = "tool"
)

// Message is one turn of a conversation.
type Message struct {
	Role       MessageRole
	Text       string
	ToolCalls  []ToolCall // of the assistant
	ToolCallID string     // of a tool's result: the call that it answers
}

// Tool is a function that the model may ask to be called. Parameters is a JSON Schema object.
type Tool struct {
	Name        string
	Description string
	Parameters  json.RawMessage
}

// ToolCall is the model's wish to call a tool. ID is unique among the calls of one response.
// Arguments is a JSON object.
type ToolCall struct {
	ID        string
	Name      string
	Arguments json.RawMessage
	// Signature is the provider's own note on the call. It is given back as it came; other
	// providers ignore it.
	Signature []byte
}

// Usage counts tokens as the provider reports them; zeros for a model that has none.
type Usage struct {
	InputTokens  int `json:"input_tokens"`
	OutputTokens int `json:"output_tokens"`
}

// Finish says why a model stopped.
type Finish string

// Why a model stopped.
const (
	FinishStop      Finish = "stop"       // the answer is complete
	FinishToolCalls Finish = "tool_calls" // it waits for the results of ToolCalls
	FinishLength    Finish = "length"     // cut off by MaxTokens
	FinishBlocked   Finish = "blocked"    // refused by the provider; final, not to be retried
	FinishNoAnswer  Finish = "no_answer"  // the passages do not answer the question
)

// Response is a model's whole answer.
type Response struct {
	Text      string // the concatenation of what was emitted
	ToolCalls []ToolCall
	Finish    Finish
	Model     string // as the provider names what answered
	By        string // the Name of the model that answered, of a Chain
	Usage     Usage
	// Quotes ties markers to spans of Passages, for a model that knows exactly what it quotes. It
	// numbers its markers 1, 2, 3 ... in the order of Quotes. Empty for others; then quotes are
	// found afterwards.
	Quotes []Quote
	// Attempts are the models that a Chain asked, or left out, before this one answered.
	Attempts []Attempt
}

// Extractive is the name of the model that is none: it quotes the book.
const Extractive = "extractive"

// Attempt is a model that did not answer. Class says why.
type Attempt struct {
	Model string `json:"model"`
	Class Class  `json:"failure"`
}

// Quote says that Marker stands for the bytes [Start, End) of the text of the passage
// numbered Passage (from 1).
type Quote struct {
	Marker  int
	Passage int
	Start   int
	End     int
}

// Model answers. Implementations are safe for concurrent use.
type Model interface {
	// Name is the provider and the configured model, such as "gemini/gemini-3.8-flash".
	Name() string

	// Generate runs the request and calls emit, if not nil, with each piece of text as it comes, in
	// order, never after it returned. An error of emit ends the call and is returned. When ctx ends,
	// the call upstream ends within a second. An error after text was emitted means that the answer is
	// incomplete; the Response then holds what was emitted.
	//
	// A failure is a book.Error with a Failure in its chain, whose Class says what went wrong; see
	// Classes. Nothing is tried twice: retries are the Chain's affair. A refusal of the provider is
	// no failure but FinishBlocked, an answer cut off by its length is FinishLength if it has text.
	// A stream that ends without its finish marker is CutStream, an answer without text and without
	// tool calls Malformed. No key and no request is in any error.
	Generate(ctx context.Context, r Request, emit func(text string) error) (Response, error)
}

// Served is a model that a provider offers. Shutdown is zero unless the provider has announced
// when the model goes away.
type Served struct {
	ID       string
	Shutdown time.Time
}

// Lister is a Model whose provider tells what it serves.
type Lister interface {
	Model
	// ListModels returns the models in the provider's order. It fails as Generate does.
	ListModels(ctx context.Context) ([]Served, error)
}
