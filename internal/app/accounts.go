package app

import (
	"context"
	"errors"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/config"
	"github.com/lectern-project/lectern/internal/store"
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
func OpenAccounts(ctx context.Context, c config.Config) (_ *Accounts, err error) {
	if err := errors.Join(c.Validate(), c.CheckSigningKey()); err != nil {
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
	if a.store, err = openStore(ctx, c); err != nil {
		return nil, err
	}
	a.Auth, a.Local, err = openAuth(ctx, a.store, c)
	return a, err
}

// openAuth opens the rules over the accounts, and makes the built-in account.
func openAuth(
	ctx context.Context, s store.Store, c config.Config,
) (*auth.Service, book.Principal, error) {
	key, err := signingKey(c)
	if err != nil {
		return nil, book.Principal{}, err
	}
	service, err := auth.New(s, auth.Config{
		SigningKey: key, PreviousKey: []byte(c.PreviousSigningKey),
	})
	if err != nil {
		return nil, book.Principal{}, err
	}
	local, err := service.EnsureLocal(ctx)
	return service, local, err
}

// Close releases everything.
func (a *Accounts) Close() error {
	var errs []error
	if a.store != nil {
		errs = append(errs, a.store.Close())
	}
	if a.dir != nil {
		errs = append(errs, a.dir.close())
	}
	return errors.Join(errs...)
}
