package openai

import (
	"encoding/json"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/shared"

	"github.com/lectern-project/lectern/internal/llm"
)

func (m *Model) params(r llm.Request) openai.ChatCompletionNewParams {
	params := openai.ChatCompletionNewParams{
		Model:         m.model,
		Messages:      messages(r),
		StreamOptions: openai.ChatCompletionStreamOptionsParam{IncludeUsage: openai.Bool(true)},
	}
	if r.MaxTokens > 0 {
		params.MaxCompletionTokens = openai.Int(int64(r.MaxTokens))
	}
	for _, tool := range r.Tools {
		var schema shared.FunctionParameters
		_ = json.Unmarshal(tool.Parameters, &schema) // tools are ours; one without has no parameters
		params.Tools = append(params.Tools,
			openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{
				Name: tool.Name, Description: openai.String(tool.Description), Parameters: schema,
			}))
	}
	return params
}

func messages(r llm.Request) []openai.ChatCompletionMessageParamUnion {
	var out []openai.ChatCompletionMessageParamUnion
	if r.System != "" {
		out = append(out, openai.SystemMessage(r.System))
	}
	for _, message := range r.Conversation() {
		switch message.Role {
		case llm.RoleAssistant:
			out = append(out, assistant(message))
		case llm.RoleTool:
			out = append(out, openai.ToolMessage(message.Text, message.ToolCallID))
		default:
			out = append(out, openai.UserMessage(message.Text))
		}
	}
	return out
}

func assistant(message llm.Message) openai.ChatCompletionMessageParamUnion {
	out := openai.ChatCompletionAssistantMessageParam{}
	if message.Text != "" {
		out.Content.OfString = openai.String(message.Text)
	}
	for _, call := range message.ToolCalls {
		out.ToolCalls = append(out.ToolCalls, openai.ChatCompletionMessageToolCallUnionParam{
			OfFunction: &openai.ChatCompletionMessageFunctionToolCallParam{
				ID: call.ID,
				Function: openai.ChatCompletionMessageFunctionToolCallFunctionParam{
					Name: call.Name, Arguments: string(call.Arguments),
				},
			},
		})
	}
	return openai.ChatCompletionMessageParamUnion{OfAssistant: &out}
}
