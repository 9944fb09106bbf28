package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrate brings the schema of the database up to date, each migration in a transaction. Of several
// processes that do so at once one works and the others wait for it. Errors as of Open; a database
// with tables of another program, or of a newer version of this one, is left as it is, which is no
// error when this program may use it.
func Migrate(ctx context.Context, databaseURL string) error {
	return withProvider(ctx, databaseURL, func(p *goose.Provider, s store.Schema) error {
		if s.Version > s.Known {
			return s.Check()
		}
		_, err := p.Up(ctx)
		return explain(err, s)
	})
}

// MigrateDown takes the newest migration back. What the older schema cannot hold is lost. Conflict
// when there is none to take back, or the schema is newer or dirty.
func MigrateDown(ctx context.Context, databaseURL string) error {
	return withProvider(ctx, databaseURL, func(p *goose.Provider, s store.Schema) error {
		if err := s.CheckNotNewer(); err != nil {
			return err
		}
		switch {
		case len(s.Missing) > 0:
			return s.Check()
		case s.Version == 0:
			return book.Errorf(book.Conflict, "database %s has no schema to take back", s.Database)
		}
		_, err := p.Down(ctx)
		return explain(err, s)
	})
}

// Schema returns the state of the database's schema. Errors as of Open.
func Schema(ctx context.Context, databaseURL string) (schema store.Schema, err error) {
	err = withProvider(ctx, databaseURL, func(_ *goose.Provider, s store.Schema) error {
		schema = s
		return nil
	})
	return schema, err
}

func withProvider(
	ctx context.Context, databaseURL string, use func(p *goose.Provider, s store.Schema) error,
) error {
	config, err := parse(databaseURL)
	if err != nil {
		return err
	}
	return provide(ctx, config.ConnConfig, use)
}

func provide(
	ctx context.Context, config *pgx.ConnConfig, use func(p *goose.Provider, s store.Schema) error,
) error {
	s := &Store{name: nameOf(config)}
	db := stdlib.OpenDB(*config)
	defer db.Close() //nolint:errcheck // what was done is committed
	var foreign bool
	// Another program may keep its migrations in a table of the same name. The identity is what stays
	// when the schema is taken down.
	if err := db.QueryRowContext(ctx, `SELECT to_regclass('vector_ledger') IS NULL AND EXISTS (
		SELECT 1 FROM pg_tables WHERE schemaname = current_schema()
		AND tablename NOT IN ('goose_db_version', 'database_identity'))`).Scan(&foreign); err != nil {
		return s.translate(ctx, err)
	}
	if foreign {
		return book.Errorf(book.Conflict, "database %s holds tables of another program; "+
			"create a database for Lectern alone", s.name)
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files,
		goose.WithSessionLocker(locker), goose.WithAllowOutofOrder(true))
	if err != nil {
		return err
	}
	schema, err := schemaOf(ctx, db, provider, s.name)
	if err != nil {
		return s.translate(ctx, err)
	}
	return s.translate(ctx, use(provider, schema))
}

func schemaOf(
	ctx context.Context, db *sql.DB, p *goose.Provider, name string,
) (store.Schema, error) {
	s := store.Schema{Database: name}
	var err error
	if s.Version, s.Known, err = p.GetVersions(ctx); err != nil {
		return s, err
	}
	if s.Version > s.Known {
		if s.Oldest, err = oldest(ctx, db); err != nil {
			return s, err
		}
	}
	all, err := p.Status(ctx)
	for _, m := range all {
		if m.State == goose.StatePending && m.Source.Version < s.Version {
			s.Missing = append(s.Missing, m.Source.Version)
		}
	}
	return s, err
}

// oldest is what a schema says of the programs that may use it; 0 when it says nothing.
func oldest(ctx context.Context, db *sql.DB) (number int64, err error) {
	err = db.QueryRowContext(ctx, "SELECT oldest FROM schema_compatibility").Scan(&number)
	if stateOf(err) == undefinedTable || errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return number, err
}

// explain says which migration failed.
func explain(err error, s store.Schema) error {
	if partial, ok := errors.AsType[*goose.PartialError](err); ok && stateOf(err) != "" {
		return book.Wrap(book.Internal, err, "migration %d of database %s failed and was undone; "+
			"the log says why", partial.Failed.Source.Version, s.Database)
	}
	return err
}
