package app

import (
	"context"
	"path/filepath"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/postgres"
	"github.com/lectern-project/lectern/internal/store/sqlite"
	"github.com/lectern-project/lectern/internal/telemetry"
	"github.com/lectern-project/lectern/internal/tracing"
	"github.com/lectern-project/lectern/internal/vector"
	"github.com/lectern-project/lectern/internal/vector/exact"
	"github.com/lectern-project/lectern/internal/vector/qdrant"
)

// openStore opens the relational store. A failed open does not become a non-nil interface.
func openStore(
	ctx context.Context, c config.Config, t *telemetry.Recorder, seen *certificates,
) (store.Store, error) {
	if c.DatabaseURL == "" {
		s, err := sqlite.Open(ctx, databasePath(c))
		if err != nil {
			return nil, err
		}
		return s, nil
	}
	if c.AutoMigrate {
		if err := postgres.Migrate(ctx, c.DatabaseURL); err != nil {
			return nil, err
		}
	}
	s, err := postgres.Open(ctx, c.DatabaseURL, observing(t, seen.note(databasePeer))...)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// openIndex opens the vector index of the database that is called identity. A Qdrant server need not
// be up yet.
func openIndex(
	c config.Config, identity uuid.UUID, t *telemetry.Recorder, seen *certificates,
) (vector.Index, error) {
	if c.QdrantURL == "" {
		x, err := exact.Open(filepath.Join(c.DataDir, vectorsFile))
		if err != nil {
			return nil, err
		}
		boundGarbage()
		return observeIndex(x, t), nil
	}
	x, err := qdrant.Open(qdrant.Config{
		URL: c.QdrantURL, APIKey: c.QdrantAPIKey, Alias: c.Collection, Database: identity,
		Interceptors: []grpc.UnaryClientInterceptor{tracing.InjectGRPC},
		Handshake:    seen.note(indexPeer),
	})
	if err != nil {
		return nil, err
	}
	return observeIndex(x, t), nil
}

// signingKey is the key of the configuration, or else of the data directory.
func signingKey(c config.Config) ([]byte, error) {
	if c.SigningKey != "" {
		return []byte(c.SigningKey), nil
	}
	return auth.LoadOrCreateKey(filepath.Join(c.DataDir, signingKeyFile))
}

func databasePath(c config.Config) string { return filepath.Join(c.DataDir, databaseFile) }

// Schema returns the state of the schema of the relational store.
func Schema(ctx context.Context, c config.Config) (store.Schema, error) {
	if c.DatabaseURL != "" {
		return postgres.Schema(ctx, c.DatabaseURL)
	}
	return sqlite.Schema(ctx, databasePath(c))
}

// MigrateUp brings the schema of the relational store up to date; a new data directory is made
// first.
func MigrateUp(ctx context.Context, c config.Config) error {
	if c.DatabaseURL != "" {
		return postgres.Migrate(ctx, c.DatabaseURL)
	}
	return inDataDir(ctx, c, func() error { return sqlite.Migrate(ctx, databasePath(c)) })
}

// MigrateDown takes the newest migration of the relational store back.
func MigrateDown(ctx context.Context, c config.Config) error {
	if c.DatabaseURL != "" {
		return postgres.MigrateDown(ctx, c.DatabaseURL)
	}
	return inDataDir(ctx, c, func() error { return sqlite.MigrateDown(ctx, databasePath(c)) })
}

// inDataDir runs f while this process alone uses the data directory.
func inDataDir(ctx context.Context, c config.Config, f func() error) error {
	dir, err := openDataDir(ctx, c.DataDir, "command", lockWait)
	if err != nil {
		return err
	}
	defer dir.close() //nolint:errcheck // nothing waits for it
	return f()
}

// ensureIndex makes the collection of the active space and lets the alias name it, unless it did so
// for this space already: another process may move the book, and stop before the alias follows. A
// server that began without its Qdrant server ends when it turns out not to be this book's.
func (a *App) ensureIndex(ctx context.Context) error {
	space, err := a.Store.ActiveSpace(ctx)
	if err != nil || a.ensured.Load() == space.ID() {
		return err
	}
	if err := a.Index.Ensure(ctx, space.Space); err != nil {
		if a.refuse != nil && a.ensured.Load() == nil && !isDown(err) && ctx.Err() == nil {
			a.refuse(err)
		}
		return err
	}
	if err := a.Reconcile.PointAlias(ctx); err != nil {
		return err
	}
	a.ensured.Store(space.ID())
	return nil
}

// AuditWait is how long an audit waits at most before it looks again at what looked wrong: not at all
// when the data directory keeps other writers out.
func (a *App) AuditWait() time.Duration {
	if a.dir != nil {
		return 0
	}
	return a.Ingest.LongestWrite()
}

// isDown reports whether err says that a server cannot be reached now.
func isDown(err error) bool {
	code := book.CodeOf(err)
	return code == book.Unavailable || code == book.Deadline
}
