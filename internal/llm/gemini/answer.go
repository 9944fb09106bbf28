package gemini

import (
	"encoding/json"
	"fmt"

	"google.golang.org/genai"

	"github.com/lectern-project/lectern/internal/llm"
)

// answer collects the chunks of one stream.
type answer struct {
	*llm.Reply

	chunks     int
	candidates int
	fault      error // the model stopped for a reason that is no answer
}

// finished reports whether the finish marker came: a finish reason, or a refusal of the prompt.
func (a *answer) finished() bool {
	if a.chunks > 0 && a.candidates == 0 && a.Response.Finish == "" {
		a.Response.Finish = llm.FinishBlocked
	}
	return a.Response.Finish != ""
}

func (a *answer) add(chunk *genai.GenerateContentResponse) error {
	a.chunks++
	if chunk.ModelVersion != "" {
		a.Response.Model = chunk.ModelVersion
	}
	if u := chunk.UsageMetadata; u != nil {
		a.Response.Usage = llm.Usage{
			InputTokens:  int(u.PromptTokenCount + u.ToolUsePromptTokenCount),
			OutputTokens: int(u.CandidatesTokenCount + u.ThoughtsTokenCount),
		}
	}
	if p := chunk.PromptFeedback; p != nil && p.BlockReason != "" {
		a.Response.Finish = llm.FinishBlocked
	}
	a.candidates += len(chunk.Candidates)
	if len(chunk.Candidates) == 0 {
		return nil
	}
	candidate := chunk.Candidates[0] // only one was asked for
	if candidate.Content != nil {
		for _, part := range candidate.Content.Parts {
			if err := a.addPart(part); err != nil {
				return err
			}
		}
	}
	a.finish(candidate.FinishReason)
	return nil
}

func (a *answer) addPart(part *genai.Part) error {
	if part.FunctionCall != nil {
		call := part.FunctionCall
		arguments, err := json.Marshal(call.Args)
		if err != nil {
			return fmt.Errorf("the arguments of a tool call: %w", err)
		}
		id := call.ID
		if id == "" {
			id = fmt.Sprintf("call_%d", len(a.Response.ToolCalls)+1)
		}
		a.Response.ToolCalls = append(a.Response.ToolCalls, llm.ToolCall{
			ID: id, Name: call.Name, Arguments: arguments, Signature: part.ThoughtSignature,
		})
	}
	if part.Thought {
		return nil
	}
	return a.Write(part.Text)
}

func (a *answer) finish(reason genai.FinishReason) {
	switch reason {
	case "", genai.FinishReasonUnspecified:
	case genai.FinishReasonStop:
		a.Response.Finish = llm.FinishStop
	case genai.FinishReasonMaxTokens:
		a.Response.Finish = llm.FinishLength
	case genai.FinishReasonSafety, genai.FinishReasonRecitation, genai.FinishReasonBlocklist,
		genai.FinishReasonProhibitedContent, genai.FinishReasonSPII:
		a.Response.Finish = llm.FinishBlocked
	default:
		a.fault = fmt.Errorf("the model stopped with %s", reason)
	}
}
