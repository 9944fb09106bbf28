package telemetry

import (
	"context"
	"strings"
	"time"
)

// Operation is what a model is called for, by its name in the semantic conventions for generative AI.
type Operation string

// The operations.
const (
	Chat       Operation = "chat"
	Embeddings Operation = "embeddings"
)

// ModelCall is a call of a provider's model that is under way. A nil one records nothing.
type ModelCall struct {
	recorder                   *Recorder
	operation, provider, model string
	start                      time.Time
	begun                      bool
}

// ModelCall begins a call of the model called "provider/model".
func (r *Recorder) ModelCall(
	ctx context.Context, operation Operation, name string,
) (context.Context, *ModelCall) {
	if r == nil {
		return ctx, nil
	}
	provider, model := splitModel(name)
	return ctx, &ModelCall{
		recorder: r, operation: string(operation), provider: provider, model: model,
		start: time.Now(),
	}
}

// FirstText records when the first text came; further calls do nothing.
func (c *ModelCall) FirstText() {
	if c == nil || c.begun {
		return
	}
	c.begun = true
	c.recorder.firstChunk.WithLabelValues(c.operation, c.provider, c.model).
		Observe(time.Since(c.start).Seconds())
}

// End ends the call: with the tokens that the provider counted, 0 where it did not, and the class of
// failure, "" for none.
func (c *ModelCall) End(input, output int, class string) {
	if c == nil {
		return
	}
	r := c.recorder
	r.modelCalls.WithLabelValues(c.operation, c.provider, c.model, class).
		Observe(time.Since(c.start).Seconds())
	if input > 0 {
		r.tokens.WithLabelValues(c.operation, c.provider, c.model, "input").Observe(float64(input))
	}
	if output > 0 {
		r.tokens.WithLabelValues(c.operation, c.provider, c.model, "output").Observe(float64(output))
	}
}

// splitModel returns the provider, by its name in the semantic conventions, and the model.
func splitModel(name string) (provider, model string) {
	provider, model, _ = strings.Cut(name, "/")
	switch provider {
	case "gemini":
		provider = "gcp.gemini"
	case "claude":
		provider = "anthropic"
	}
	return provider, model
}
