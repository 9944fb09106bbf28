package gemini

import (
	"encoding/json"
	"strings"

	"google.golang.org/genai"

	"github.com/lectern-project/lectern/internal/llm"
)

// noSignature stands for the signature of a call that another model made: the API wants one.
// https://ai.google.dev/gemini-api/docs/thought-signatures
var noSignature = []byte("skip_thought_signature_validator")

func (m *Model) request(r llm.Request) ([]*genai.Content, *genai.GenerateContentConfig) {
	config := &genai.GenerateContentConfig{
		MaxOutputTokens: int32(min(r.MaxTokens, 1<<30)),
	}
	if r.System != "" {
		config.SystemInstruction = genai.NewContentFromText(r.System, genai.RoleUser)
	}
	if strings.HasPrefix(m.model, "gemini-") { // others on this API do not think
		config.ThinkingConfig = &genai.ThinkingConfig{ThinkingLevel: genai.ThinkingLevelLow}
	}
	var functions []*genai.FunctionDeclaration
	for _, tool := range r.Tools {
		functions = append(functions, &genai.FunctionDeclaration{
			Name: tool.Name, Description: tool.Description, ParametersJsonSchema: tool.Parameters,
		})
	}
	if len(functions) > 0 {
		config.Tools = []*genai.Tool{{FunctionDeclarations: functions}}
	}
	return contents(r), config
}

// contents puts the results of one turn's tools into one content, as the API wants them.
func contents(r llm.Request) []*genai.Content {
	var out []*genai.Content
	names := map[string]string{} // of the calls so far, by id
	results := false
	for _, message := range r.Conversation() {
		switch message.Role {
		case llm.RoleAssistant:
			for _, call := range message.ToolCalls {
				names[call.ID] = call.Name
			}
			out = append(out, assistant(message))
		case llm.RoleTool:
			part := &genai.Part{FunctionResponse: &genai.FunctionResponse{
				ID: message.ToolCallID, Name: names[message.ToolCallID],
				Response: map[string]any{"result": message.Text},
			}}
			if results {
				last := out[len(out)-1]
				last.Parts = append(last.Parts, part)
			} else {
				out = append(out, genai.NewContentFromParts([]*genai.Part{part}, genai.RoleUser))
			}
		default:
			out = append(out, genai.NewContentFromText(message.Text, genai.RoleUser))
		}
		results = message.Role == llm.RoleTool
	}
	return out
}

func assistant(message llm.Message) *genai.Content {
	var parts []*genai.Part
	if message.Text != "" {
		parts = append(parts, genai.NewPartFromText(message.Text))
	}
	signed := false // the first call of a turn carries the signature
	for i, call := range message.ToolCalls {
		var arguments map[string]any
		_ = json.Unmarshal(call.Arguments, &arguments) // an object, as the contract says
		part := &genai.Part{
			FunctionCall:     &genai.FunctionCall{ID: call.ID, Name: call.Name, Args: arguments},
			ThoughtSignature: call.Signature,
		}
		signed = signed || len(call.Signature) > 0
		if i == 0 && !signed {
			part.ThoughtSignature = noSignature
		}
		parts = append(parts, part)
	}
	return genai.NewContentFromParts(parts, genai.RoleModel)
}
