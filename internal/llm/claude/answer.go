package claude

import (
	"github.com/anthropics/anthropic-sdk-go"

	"github.com/lectern-project/lectern/internal/llm"
)

// answer collects the events of one stream.
type answer struct {
	*llm.Reply

	at      []int64 // of each tool call: the index of its block
	stopped bool
}

func (a *answer) add(event anthropic.MessageStreamEventUnion) error {
	switch event.Type {
	case "message_start":
		a.Response.Model = event.Message.Model
		a.Response.Usage.InputTokens = input(event.Message.Usage.InputTokens,
			event.Message.Usage.CacheReadInputTokens, event.Message.Usage.CacheCreationInputTokens)
	case "content_block_start":
		block := event.ContentBlock
		if block.Type == "tool_use" {
			a.at = append(a.at, event.Index)
			a.Response.ToolCalls = append(a.Response.ToolCalls,
				llm.ToolCall{ID: block.ID, Name: block.Name})
		}
		return a.Write(block.Text)
	case "content_block_delta":
		a.addArguments(event.Index, event.Delta.PartialJSON)
		return a.Write(event.Delta.Text)
	case "message_delta":
		a.Response.Finish = finish(event.Delta.StopReason)
		a.Response.Usage.OutputTokens = int(event.Usage.OutputTokens)
		// A router learns only at the end how many tokens it was asked with.
		if n := input(event.Usage.InputTokens, event.Usage.CacheReadInputTokens,
			event.Usage.CacheCreationInputTokens); n > 0 {
			a.Response.Usage.InputTokens = n
		}
	case "message_stop":
		a.stopped = a.Response.Finish != ""
	}
	return nil
}

func (a *answer) addArguments(index int64, piece string) {
	for i, at := range a.at {
		if at == index {
			call := &a.Response.ToolCalls[i]
			call.Arguments = append(call.Arguments, piece...)
		}
	}
}

// input adds up the tokens that were read, wherever the provider had them.
func input(fresh, cached, written int64) int { return int(fresh + cached + written) }

func finish(reason anthropic.StopReason) llm.Finish {
	switch reason {
	case anthropic.StopReasonMaxTokens, anthropic.StopReasonModelContextWindowExceeded:
		return llm.FinishLength
	case anthropic.StopReasonToolUse:
		return llm.FinishToolCalls
	case anthropic.StopReasonRefusal,
		anthropic.StopReasonStopSequence: // none was given; so a router says that content was filtered
		return llm.FinishBlocked
	}
	return llm.FinishStop
}
