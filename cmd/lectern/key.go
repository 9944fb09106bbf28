package main

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/app"
	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
)

// listPage is how many accounts or keys are read at once.
const listPage = 200

type keyCommand struct {
	Create keyCreateCommand `cmd:"" help:"Create an API key and print it, once."`
	List   keyListCommand   `cmd:"" help:"List API keys."`
	Revoke keyRevokeCommand `cmd:"" help:"Make an API key worthless."`
}

// accounts opens the accounts of the data directory, also while a server uses it.
func (s *session) accounts(ctx context.Context) (*app.Accounts, error) {
	if err := s.useDataDir(); err != nil {
		return nil, err
	}
	accounts, err := app.OpenAccounts(ctx, s.Config, s.log)
	if err != nil {
		return nil, err
	}
	s.opened = accounts
	return accounts, nil
}

type keyCreateCommand struct {
	Permission string        `required:"" help:"What the key allows: read, ingest or admin." enum:"read,ingest,admin" placeholder:"PERMISSION"`
	User       string        `help:"Account that the key belongs to (default: the built-in account local)." placeholder:"NAME"`
	Expires    time.Duration `help:"After how long the key expires, such as 720h (default: never)." placeholder:"DURATION"`
}

// Run creates a key.
func (c *keyCreateCommand) Run(ctx context.Context, s *session) error {
	accounts, err := s.accounts(ctx)
	if err != nil {
		return err
	}
	request := auth.KeyRequest{Username: c.User, Permission: book.Permission(c.Permission)}
	if c.Expires != 0 {
		request.ExpiresAt = time.Now().Add(c.Expires)
	}
	secret, key, err := accounts.Auth.CreateKey(ctx, accounts.Local, request)
	if err != nil {
		return err
	}
	if s.JSON {
		return s.printJSON(struct {
			ID         uuid.UUID       `json:"id"`
			Key        string          `json:"key"`
			Prefix     string          `json:"prefix"`
			Permission book.Permission `json:"permission"`
			ExpiresAt  *time.Time      `json:"expires_at"`
		}{key.ID, secret, key.Prefix, key.Permission, timeOrNull(key.ExpiresAt)})
	}
	s.stdout.printf("%s\n", secret)
	s.notef("Keep it: it is shown only now. `%s key revoke %s%s` makes it worthless.", programName(),
		key.ID, s.dataDirFlag())
	return nil
}

type keyListCommand struct {
	User string `help:"Account whose keys to list (default: the built-in account local)." placeholder:"NAME"`
}

// Run lists an account's keys, oldest first.
func (c *keyListCommand) Run(ctx context.Context, s *session) error {
	accounts, err := s.accounts(ctx)
	if err != nil {
		return err
	}
	var keys []book.APIKey
	after := uuid.Nil
	for {
		page, err := accounts.Auth.ListKeys(ctx, accounts.Local, c.User, after, listPage)
		if err != nil {
			return err
		}
		keys = append(keys, page...)
		if len(page) < listPage {
			break
		}
		after = page[len(page)-1].ID
	}
	if s.JSON {
		return s.printJSON(map[string]any{"items": shownKeys(keys)})
	}
	table := s.table("ID", "PREFIX", "PERMISSION", "CREATED", "EXPIRES", "REVOKED", "USED")
	for _, k := range keys {
		table.row(k.ID, k.Prefix, k.Permission, timeOrDash(k.CreatedAt), timeOrDash(k.ExpiresAt),
			timeOrDash(k.RevokedAt), timeOrDash(k.UsedAt))
	}
	return table.flush()
}

// shownKey is a key as a list shows it.
type shownKey struct {
	ID         uuid.UUID       `json:"id"`
	Prefix     string          `json:"prefix"`
	Permission book.Permission `json:"permission"`
	CreatedAt  time.Time       `json:"created_at"`
	ExpiresAt  *time.Time      `json:"expires_at"`
	RevokedAt  *time.Time      `json:"revoked_at"`
	UsedAt     *time.Time      `json:"used_at"`
}

func shownKeys(keys []book.APIKey) []shownKey {
	shown := make([]shownKey, len(keys))
	for i, k := range keys {
		shown[i] = shownKey{
			k.ID, k.Prefix, k.Permission, k.CreatedAt, timeOrNull(k.ExpiresAt), timeOrNull(k.RevokedAt),
			timeOrNull(k.UsedAt),
		}
	}
	return shown
}

type keyRevokeCommand struct {
	ID string `arg:"" help:"The key's id, as key list shows it."`
}

// Run makes a key worthless.
func (c *keyRevokeCommand) Run(ctx context.Context, s *session) error {
	id, err := uuid.Parse(c.ID)
	if err != nil {
		return book.Wrap(book.Invalid, err, "%q is no key's id; `lectern key list` shows the ids", c.ID)
	}
	accounts, err := s.accounts(ctx)
	if err != nil {
		return err
	}
	if err := accounts.Auth.RevokeKey(ctx, accounts.Local, id); err != nil {
		return err
	}
	if s.JSON {
		return s.printJSON(map[string]any{"revoked": id})
	}
	s.notef("revoked %s", id)
	return nil
}
