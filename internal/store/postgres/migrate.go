package postgres

import (
	"context"
	"embed"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/lectern-project/lectern/internal/book"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrate brings the schema of the database up to date. Of several processes that do so at once
// one works and the others wait for it. Errors as of Open; a database with tables of another
// program, or of a newer version of this one, is left as it is.
func Migrate(ctx context.Context, databaseURL string) error {
	return withProvider(ctx, databaseURL, func(p *goose.Provider, name string) error {
		current, target, err := p.GetVersions(ctx)
		if err != nil {
			return err
		}
		if current > target {
			return newer(name, current, target)
		}
		_, err = p.Up(ctx)
		return err
	})
}

// MigrateDown takes the newest migration back. What the older schema cannot hold is lost. Conflict
// when there is none to take back.
func MigrateDown(ctx context.Context, databaseURL string) error {
	return withProvider(ctx, databaseURL, func(p *goose.Provider, name string) error {
		current, target, err := p.GetVersions(ctx)
		switch {
		case err != nil:
			return err
		case current > target:
			return newer(name, current, target)
		case current == 0:
			return book.Errorf(book.Conflict, "database %s has no schema to take back", name)
		}
		_, err = p.Down(ctx)
		return err
	})
}

// SchemaVersion returns the version of the database's schema, 0 without one, and the version that
// this program knows.
func SchemaVersion(ctx context.Context, databaseURL string) (current, known int64, err error) {
	err = withProvider(ctx, databaseURL, func(p *goose.Provider, _ string) error {
		current, known, err = p.GetVersions(ctx)
		return err
	})
	return current, known, err
}

func withProvider(
	ctx context.Context, databaseURL string, use func(p *goose.Provider, name string) error,
) error {
	config, err := parse(databaseURL)
	if err != nil {
		return err
	}
	return provide(ctx, config.ConnConfig, use)
}

func provide(
	ctx context.Context, config *pgx.ConnConfig, use func(p *goose.Provider, name string) error,
) error {
	s := &Store{name: nameOf(config)}
	db := stdlib.OpenDB(*config)
	defer db.Close() //nolint:errcheck // what was done is committed
	var foreign bool
	if err := db.QueryRowContext(ctx, `SELECT to_regclass('goose_db_version') IS NULL AND EXISTS (
		SELECT 1 FROM pg_tables WHERE schemaname = current_schema())`).Scan(&foreign); err != nil {
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
		goose.WithSessionLocker(locker))
	if err != nil {
		return err
	}
	return s.translate(ctx, use(provider, s.name))
}

// checkSchema returns Conflict unless the schema is the one that this program knows.
func checkSchema(ctx context.Context, config *pgx.ConnConfig) error {
	return provide(ctx, config, func(p *goose.Provider, name string) error {
		current, target, err := p.GetVersions(ctx)
		switch {
		case err != nil:
			return err
		case current > target:
			return newer(name, current, target)
		case current < target:
			return book.Errorf(book.Conflict, "database %s has schema version %d, this program needs "+
				"%d; run `lectern migrate up`", name, current, target)
		}
		return nil
	})
}

func newer(name string, current, known int64) error {
	return book.Errorf(book.Conflict, "database %s has schema version %d, this program knows up "+
		"to %d; use the newer program that wrote it", name, current, known)
}
