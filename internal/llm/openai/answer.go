package openai

import (
	"fmt"

	"github.com/openai/openai-go/v3"

	"github.com/lectern-project/lectern/internal/llm"
)

// answer collects the chunks of one stream.
type answer struct {
	*llm.Reply

	at     []int64 // of each tool call: its index in the stream
	counts bool    // the usage came
}

// whole reports whether nothing of interest can follow: the usage comes behind the finish marker.
func (a *answer) whole() bool { return a.counts && a.Response.Finish != "" }

func (a *answer) add(chunk openai.ChatCompletionChunk) error {
	if chunk.Model != "" {
		a.Response.Model = chunk.Model
	}
	if chunk.JSON.Usage.Valid() {
		a.counts = true
		a.Response.Usage = llm.Usage{
			InputTokens:  int(chunk.Usage.PromptTokens),
			OutputTokens: int(chunk.Usage.CompletionTokens),
		}
	}
	for _, choice := range chunk.Choices {
		if choice.Index != 0 {
			continue // only one was asked for
		}
		if err := a.Write(choice.Delta.Content); err != nil {
			return err
		}
		for _, call := range choice.Delta.ToolCalls {
			a.addCall(call)
		}
		if choice.FinishReason != "" {
			a.Response.Finish = finish(choice.FinishReason)
		}
		if choice.Delta.Refusal != "" {
			a.Response.Finish = llm.FinishBlocked
		}
	}
	return nil
}

// addCall joins the pieces of a tool call. Some servers give each of several calls the index 0 and
// only another id, some give no id.
func (a *answer) addCall(delta openai.ChatCompletionChunkChoiceDeltaToolCall) {
	calls := a.Response.ToolCalls
	at := -1
	for i := range calls {
		if a.at[i] == delta.Index {
			at = i
		}
	}
	if at < 0 || (delta.ID != "" && delta.ID != calls[at].ID) {
		id := delta.ID
		if id == "" {
			id = fmt.Sprintf("call_%d", len(calls)+1)
		}
		calls = append(calls, llm.ToolCall{ID: id})
		a.at = append(a.at, delta.Index)
		at = len(calls) - 1
	}
	calls[at].Name += delta.Function.Name
	calls[at].Arguments = append(calls[at].Arguments, delta.Function.Arguments...)
	a.Response.ToolCalls = calls
}

func finish(reason string) llm.Finish {
	switch reason {
	case "length":
		return llm.FinishLength
	case "tool_calls":
		return llm.FinishToolCalls
	case "content_filter":
		return llm.FinishBlocked
	}
	return llm.FinishStop
}
