package config

import (
	"slices"
	"strings"
)

// Models are the settings of the language models that answer, beside the keys and addresses that
// embedders use as well.
type Models struct {
	Order string `name:"models" help:"Order in which models are asked: gemini, gemini-strong, openai, claude and extractive, separated by commas; those that are not configured are left out." default:"gemini,gemini-strong,openai,claude,extractive" placeholder:"NAMES"`

	GeminiModel       string `help:"Gemini model that is asked first." default:"gemini-3.8-flash" placeholder:"MODEL"`
	GeminiStrongModel string `help:"Gemini model that is asked when the first one fails." default:"gemini-pro-latest" placeholder:"MODEL"`

	OpenAIModel string `name:"openai-model" help:"Model of OpenAI, or of that server." default:"gpt-6-luna" placeholder:"MODEL"`

	ClaudeAPIKey  string `name:"claude-api-key" help:"API key of Anthropic, or of Claude Code Router." placeholder:"KEY" secret:""`
	ClaudeBaseURL string `name:"claude-base-url" help:"Address of Claude Code Router, such as http://localhost:3456 (default: Anthropic's)." placeholder:"URL"`
	ClaudeModel   string `help:"Claude model; a router may choose another by its own rules (default with a router: default)." placeholder:"MODEL"`
}

// The names in Models.Order.
const (
	Gemini       = "gemini"
	GeminiStrong = "gemini-strong"
	OpenAI       = "openai"
	Claude       = "claude"
	Extractive   = "extractive"
)

var modelNames = []string{Gemini, GeminiStrong, OpenAI, Claude, Extractive}

// DefaultOrder is the default of Models.Order.
const DefaultOrder = "gemini,gemini-strong,openai,claude,extractive"

// AnsweringModels are the names of Models.Order whose provider is configured: those with a key, or
// with an address of their own.
func (c Config) AnsweringModels() []string {
	return slices.DeleteFunc(c.Models.names(), func(name string) bool { return !c.configured(name) })
}

// LeftOutModels are the other names of Models.Order.
func (c Config) LeftOutModels() []string { return slices.DeleteFunc(c.Models.names(), c.configured) }

func (c Config) configured(name string) bool {
	switch name {
	case Gemini, GeminiStrong:
		return c.GeminiAPIKey != ""
	case OpenAI:
		return c.OpenAIAPIKey != "" || c.OpenAIBaseURL != ""
	case Claude:
		return c.Models.ClaudeAPIKey != "" || c.Models.ClaudeBaseURL != ""
	}
	return true
}

// AnswersByEmbeddingKey is the provider that answers although its key or address may have been given
// for embeddings alone, or empty: the order of models is the default, which does not tell.
func (c Config) AnswersByEmbeddingKey() string {
	shared := c.Embedder == Gemini ||
		(c.Embedder == OpenAI && c.EmbeddingBaseURL == "" && c.EmbeddingAPIKey == "")
	if c.Models.Order == DefaultOrder && shared && slices.Contains(c.AnsweringModels(), c.Embedder) {
		return c.Embedder
	}
	return ""
}

func (m Models) names() []string {
	var names []string
	for name := range strings.SplitSeq(m.Order, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return []string{Extractive}
	}
	return names
}

// Claude is the model to ask for: a router has a default of its own.
func (m Models) Claude() string {
	if m.ClaudeModel == "" && m.ClaudeBaseURL != "" {
		return "default"
	}
	return m.ClaudeModel
}

func (m Models) check(f *Faults) {
	seen := map[string]bool{}
	for i, name := range m.names() {
		switch {
		case !slices.Contains(modelNames, name):
			f.Addf("models", "models names %s", NotOneOf("", name, modelNames))
		case name == Extractive && i != len(m.names())-1:
			f.Addf("models", "models names extractive before others; it always answers, so it must be "+
				"the last")
		case seen[name]:
			f.Addf("models", "models names %s twice", name)
		}
		seen[name] = true
	}
	if m.ClaudeAPIKey != "" && m.Claude() == "" {
		f.Addf("claude-model claude-api-key", "a Claude model is needed: set LECTERN_CLAUDE_MODEL, or "+
			"LECTERN_CLAUDE_BASE_URL for a router that chooses one")
	}
}
