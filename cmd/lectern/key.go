package main

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/app"
	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/client"
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

// keyring is the API keys of a server, or of the data directory also while a server uses it.
type keyring interface {
	CreateKey(ctx context.Context, r client.KeyRequest) (secret string, key client.Key, err error)
	Keys(ctx context.Context, username string, f func(client.Key) error) error
	RevokeKey(ctx context.Context, id uuid.UUID) error
}

func (s *session) keyring(ctx context.Context) (keyring, error) {
	if s.Server != "" {
		return client.New(s.Server, s.Key, nil)
	}
	accounts, err := s.accounts(ctx)
	return ownKeys{accounts}, err
}

type keyCreateCommand struct {
	Permission string        `required:"" help:"What the key allows: read, ingest or admin." enum:"read,ingest,admin" placeholder:"PERMISSION"`
	User       string        `help:"Account that the key belongs to (default: the built-in account local; with --server, that of --key)." placeholder:"NAME"`
	Expires    time.Duration `help:"After how long the key expires, such as 720h (default: never)." placeholder:"DURATION"`
}

// Run creates a key.
func (c *keyCreateCommand) Run(ctx context.Context, s *session) error {
	keys, err := s.keyring(ctx)
	if err != nil {
		return err
	}
	request := client.KeyRequest{Username: c.User, Permission: book.Permission(c.Permission)}
	if c.Expires != 0 {
		request.ExpiresAt = timeOrNull(time.Now().Add(c.Expires))
	}
	secret, key, err := keys.CreateKey(ctx, request)
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
		}{key.ID, secret, key.Prefix, key.Permission, key.ExpiresAt})
	}
	s.stdout.printf("%s\n", secret)
	where := s.dataDirFlag()
	if s.Server != "" {
		where = " --server " + client.Shown(s.Server)
	}
	s.notef("Keep it: it is shown only now. `%s key revoke %s%s` makes it worthless.", programName(),
		key.ID, where)
	return nil
}

type keyListCommand struct {
	User string `help:"Account whose keys to list (default: the built-in account local; with --server, that of --key)." placeholder:"NAME"`
}

// Run lists an account's keys, oldest first.
func (c *keyListCommand) Run(ctx context.Context, s *session) error {
	keys, err := s.keyring(ctx)
	if err != nil {
		return err
	}
	list := []client.Key{}
	err = keys.Keys(ctx, c.User, func(k client.Key) error {
		list = append(list, k)
		return nil
	})
	if err != nil {
		return err
	}
	if s.JSON {
		return s.printJSON(map[string]any{"items": list})
	}
	table := s.table("ID", "PREFIX", "PERMISSION", "CREATED", "EXPIRES", "REVOKED", "USED")
	for _, k := range list {
		table.row(k.ID, k.Prefix, k.Permission, timeOrDash(k.CreatedAt), timeIfAny(k.ExpiresAt),
			timeIfAny(k.RevokedAt), timeIfAny(k.UsedAt))
	}
	return table.flush()
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
	keys, err := s.keyring(ctx)
	if err != nil {
		return err
	}
	if err := keys.RevokeKey(ctx, id); err != nil {
		return err
	}
	if s.JSON {
		return s.printJSON(map[string]any{"revoked": id})
	}
	s.notef("revoked %s", id)
	return nil
}

// ownKeys are the keys of the data directory, for the built-in account.
type ownKeys struct{ *app.Accounts }

func (o ownKeys) CreateKey(
	ctx context.Context, r client.KeyRequest,
) (string, client.Key, error) {
	request := auth.KeyRequest{Username: r.Username, Permission: r.Permission}
	if r.ExpiresAt != nil {
		request.ExpiresAt = *r.ExpiresAt
	}
	secret, key, err := o.Auth.CreateKey(ctx, o.Local, request)
	return secret, keyOf(key), err
}

func (o ownKeys) Keys(ctx context.Context, username string, f func(client.Key) error) error {
	after := uuid.Nil
	for {
		page, err := o.Auth.ListKeys(ctx, o.Local, username, after, listPage)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, k := range page {
			if err := f(keyOf(k)); err != nil {
				return err
			}
			after = k.ID
		}
	}
}

func (o ownKeys) RevokeKey(ctx context.Context, id uuid.UUID) error {
	return o.Auth.RevokeKey(ctx, o.Local, id)
}

// keyOf is a key as the API shows it.
func keyOf(k book.APIKey) client.Key {
	return client.Key{
		ID: k.ID, Prefix: k.Prefix, Permission: k.Permission, CreatedAt: k.CreatedAt,
		ExpiresAt: timeOrNull(k.ExpiresAt), RevokedAt: timeOrNull(k.RevokedAt),
		UsedAt: timeOrNull(k.UsedAt),
	}
}
