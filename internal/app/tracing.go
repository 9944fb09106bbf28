package app

import (
	"context"
	"log/slog"
	"runtime/debug"

	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/traced"
	"github.com/lectern-project/lectern/internal/tracing"
	"github.com/lectern-project/lectern/internal/vector"
)

// openTracing returns what the OTEL_... variables ask for.
func openTracing(ctx context.Context, log *slog.Logger) (*tracing.Tracing, error) {
	version := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
	}
	return tracing.Open(ctx, version, log)
}

// traceStore makes spans of a store's calls, where there are traces.
func (a *App) traceStore(s store.Store) store.Store {
	if a.tracing == nil {
		return s
	}
	if a.Config.DatabaseURL != "" {
		return traced.Store(s, "postgresql")
	}
	return traced.Store(s, "sqlite")
}

// traceIndex makes spans of an index's calls, where there are traces.
func (a *App) traceIndex(x vector.Index) vector.Index {
	if a.tracing == nil {
		return x
	}
	if a.Config.QdrantURL != "" {
		return traced.Index(x, "qdrant")
	}
	return traced.Index(x, "lectern.exact")
}
