package answer

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0" // the last with those of models

	"github.com/lectern-project/lectern/internal/llm"
	"github.com/lectern-project/lectern/internal/tracing"
)

// guardrail begins the span of a check that may refuse an answer, and returns the function that ends
// it with the check's outcome. OpenTelemetry has no names for these yet, so they are ours.
func guardrail(ctx context.Context, name string) (_ context.Context, end func(passed bool, err error)) {
	ctx, span := tracing.Start(ctx, "guardrail "+name, tracing.Internal)
	return ctx, func(passed bool, err error) {
		span.Set(attribute.String("lectern.guardrail.name", name),
			attribute.Bool("lectern.guardrail.passed", passed))
		span.End(err)
	}
}

// startTool begins the span of a call that a model makes.
// https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-agent-spans/#execute-tool-span
func startTool(ctx context.Context, call llm.ToolCall) (context.Context, tracing.Span) {
	name := call.Name
	if name != searchTool { // any text, which the model made up
		name = "unknown"
	}
	ctx, span := tracing.Start(ctx, "execute_tool "+name, tracing.Internal)
	if !span.Records() {
		return ctx, span
	}
	span.Set(semconv.GenAIOperationNameExecuteTool, semconv.GenAIToolName(name),
		semconv.GenAIToolType("function"))
	if tracing.Texts(ctx) {
		span.Set(semconv.GenAIToolCallArgumentsKey.String(string(call.Arguments)))
	}
	return ctx, span
}

// endTool ends it; result is what the model is told.
func endTool(ctx context.Context, span tracing.Span, result string, err error) {
	if tracing.Texts(ctx) {
		span.Set(semconv.GenAIToolCallResultKey.String(result))
	}
	span.End(err)
}
