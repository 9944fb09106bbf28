package app

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/mail"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/telemetry"
)

// Accounts are the accounts and keys of an installation. They live in the relational store alone,
// so they can be managed while a server uses the data directory: what is changed holds there from
// its next request on.
type Accounts struct {
	Auth *auth.Service
	// Local is the built-in account that the command line acts as.
	Local book.Principal

	store store.Store
	dir   *dataDir // nil while another process has it, and when it is not needed
}

// OpenAccounts opens the accounts; a new data directory is made first. Close must be called at the
// end.
func OpenAccounts(
	ctx context.Context, c config.Config, log *slog.Logger,
) (_ *Accounts, err error) {
	if err := Faults(c).Err(); err != nil {
		return nil, err
	}
	a := &Accounts{}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	if c.DatabaseURL == "" {
		a.dir, err = openDataDir(ctx, c.DataDir, "command", 0)
		if err != nil && book.CodeOf(err) != book.Conflict {
			return nil, err
		}
	}
	if a.store, err = openStore(ctx, c, nil, &certificates{}); err != nil {
		return nil, err
	}
	a.Auth, a.Local, err = openAuth(ctx, a.store, c, log, nil)
	return a, err
}

// openAuth opens the rules over the accounts, and makes the built-in account.
func openAuth(
	ctx context.Context, s store.Store, c config.Config, log *slog.Logger, t *telemetry.Recorder,
) (*auth.Service, book.Principal, error) {
	key, err := signingKey(c)
	if err != nil {
		return nil, book.Principal{}, err
	}
	settings := auth.Config{
		SigningKey: key, PreviousKey: []byte(c.PreviousSigningKey),
		Registration: auth.RegistrationMode(c.Registration),
		PublicURL:    strings.TrimRight(c.PublicURL, "/"), Log: log, Telemetry: t, Passwords: passwords(c, t),
	}
	if c.SMTPURL != "" {
		if settings.Mailer, err = mail.New(c.SMTPURL, c.MailFrom); err != nil {
			return nil, book.Principal{}, err
		}
	}
	service, err := auth.New(s, settings)
	if err != nil {
		return nil, book.Principal{}, err
	}
	local, err := service.EnsureLocal(ctx)
	return service, local, err
}

// ensureAdmin makes the administrator that the configuration names, when there is none.
func (a *App) ensureAdmin(ctx context.Context) error {
	if a.Config.AdminUsername == "" {
		return nil
	}
	made, err := a.Auth.EnsureAdmin(ctx, auth.Registration{
		Username: a.Config.AdminUsername, Email: a.Config.AdminEmail,
		Password: a.Config.AdminPassword,
	})
	if made {
		a.Log.InfoContext(ctx, "made the first administrator", "username", a.Config.AdminUsername)
	}
	if err != nil {
		return book.Wrap(book.CodeOf(err), err, "the administrator of LECTERN_ADMIN_USERNAME cannot "+
			"be made: %s", book.MessageOf(err))
	}
	return nil
}

// FinishDepartures deletes accounts whose deletion has begun, as far as that can be done now, in one
// process at a time.
func (a *App) FinishDepartures(ctx context.Context) error {
	_, err := a.Store.Lead(ctx, "departures", func(ctx context.Context) error {
		return a.Auth.FinishDepartures(ctx, owned{a.Ingest, a.Store})
	})
	return err
}

// owned are the documents of accounts: written through the ingest protocol, read from the store.
type owned struct {
	*ingest.Service
	documents store.Documents
}

// ListDocuments implements auth.Documents.
func (o owned) ListDocuments(
	ctx context.Context, q store.DocumentQuery,
) ([]book.Document, error) {
	return o.documents.ListDocuments(ctx, q)
}

// Close releases everything.
func (a *Accounts) Close() error {
	if a.Auth != nil {
		a.Auth.Close()
	}
	var errs []error
	if a.store != nil {
		errs = append(errs, a.store.Close())
	}
	if a.dir != nil {
		errs = append(errs, a.dir.close())
	}
	return errors.Join(errs...)
}
