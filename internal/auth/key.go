package auth

import (
	"context"
	"encoding/hex"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

// KeyPrefix begins every API key, so that people and scanners of leaked secrets know one.
const KeyPrefix = "lk_"

// maxKeys is how many keys an account may have that are neither revoked nor expired: each has rate
// limits of its own. Two that are made at once may both be the last.
const maxKeys = 100

// shownKeyChars is how much of a key is kept to recognise it by.
const shownKeyChars = len(KeyPrefix) + 8

// KeyRequest says what key to make.
type KeyRequest struct {
	Username   string // of the account that it belongs to; empty: the caller's own
	Permission book.Permission
	ExpiresAt  time.Time // zero: never
}

// CreateKey makes an API key and returns it with its secret, which is kept nowhere. Everybody may
// make keys of the own account, administrators of any. Forbidden otherwise, for a key that is no
// administrator's (it would outlive itself), and when the key would allow more than its account or
// than the caller's own credential; Invalid for an unknown
// permission or an expiry that has passed; NotFound for an unknown account, Conflict for a disabled one,
// and for one that has maxKeys.
func (s *Service) CreateKey(
	ctx context.Context, p book.Principal, r KeyRequest,
) (secret string, key book.APIKey, err error) {
	if err := requireNoKey(p); err != nil {
		return "", book.APIKey{}, err
	}
	owner, err := s.keyOwner(ctx, p, r.Username)
	if err != nil {
		return "", book.APIKey{}, err
	}
	allowed := r.Permission.Role()
	switch {
	case allowed == "":
		return "", book.APIKey{}, book.Errorf(book.Invalid, "there is no permission %q; permissions "+
			"are read, ingest and admin", r.Permission)
	case !owner.Role.Allows(allowed) || !p.Role.Allows(allowed):
		return "", book.APIKey{}, book.Errorf(book.Forbidden, "a key cannot allow more than its "+
			"account and its maker; the account %q is %s", owner.Username, owner.Role)
	case owner.Disabled:
		return "", book.APIKey{}, book.Errorf(book.Conflict, "the account %q is disabled; a key of it "+
			"would open nothing", owner.Username)
	case !r.ExpiresAt.IsZero() && !r.ExpiresAt.After(time.Now()):
		return "", book.APIKey{}, book.Errorf(book.Invalid, "the key's expiry has passed already")
	}
	if err := s.roomForKey(ctx, owner); err != nil {
		return "", book.APIKey{}, err
	}
	secret = KeyPrefix + hex.EncodeToString(randomBytes(32))
	key = book.APIKey{
		ID: uuid.Must(uuid.NewV7()), UserID: owner.ID, Prefix: secret[:shownKeyChars],
		Hash: digest(secret), Permission: r.Permission, ExpiresAt: r.ExpiresAt,
	}
	detail := string(r.Permission) + " for " + owner.Username
	ctx = Audited(ctx, p, book.KeyCreate, book.KeyTarget(key), detail)
	key, err = s.store.CreateKey(ctx, key)
	if err != nil {
		return "", book.APIKey{}, err
	}
	return secret, key, nil
}

// roomForKey returns Conflict for an account that has maxKeys good ones.
func (s *Service) roomForKey(ctx context.Context, owner book.User) error {
	const page = 200
	good, after := 0, uuid.Nil
	for {
		keys, err := s.store.ListKeys(ctx, owner.ID, after, page)
		if err != nil {
			return err
		}
		for _, k := range keys {
			after = k.ID
			if k.GoodAt(time.Now()) {
				good++
			}
		}
		if good >= maxKeys {
			return book.Errorf(book.Conflict, "the account %q has %d keys; revoke those that nobody "+
				"uses first", owner.Username, good)
		}
		if len(keys) < page {
			return nil
		}
	}
}

// ListKeys returns keys by id, starting after one: of the named account, or the caller's own when
// username is empty. Of another account they are for administrators.
func (s *Service) ListKeys(
	ctx context.Context, p book.Principal, username string, after uuid.UUID, limit int,
) ([]book.APIKey, error) {
	owner, err := s.keyOwner(ctx, p, username)
	if err != nil {
		return nil, err
	}
	return s.store.ListKeys(ctx, owner.ID, after, limit)
}

// RevokeKey makes a key worthless from now on: an own one, or any for administrators. A key may
// revoke itself, and others only as an administrator's: Forbidden else. NotFound when there is none
// that the caller may revoke.
func (s *Service) RevokeKey(ctx context.Context, p book.Principal, id uuid.UUID) error {
	if err := requireAccount(p); err != nil {
		return err
	}
	if id != p.KeyID {
		if err := requireNoKey(p); err != nil {
			return err
		}
	}
	key, err := s.store.Key(ctx, id)
	if err != nil {
		return err
	}
	if key.UserID != p.UserID && !p.Role.Allows(book.Admin) {
		return book.Errorf(book.NotFound, "there is no such API key") // as if it were none
	}
	return s.store.RevokeKey(Audited(ctx, p, book.KeyRevoke, book.KeyTarget(key), ""), id)
}

// requireNoKey returns Forbidden for a key that is no administrator's.
func requireNoKey(p book.Principal) error {
	if p.KeyID != uuid.Nil && !p.Role.Allows(book.Admin) {
		return book.Errorf(book.Forbidden, "only an admin key can manage keys; use one, or sign in")
	}
	return nil
}

func (s *Service) keyOwner(
	ctx context.Context, p book.Principal, username string,
) (book.User, error) {
	if err := requireAccount(p); err != nil {
		return book.User{}, err
	}
	if username == "" || username == p.Username {
		return s.activeUser(ctx, p.UserID)
	}
	if err := Require(p, book.Admin); err != nil {
		return book.User{}, err
	}
	return s.userByName(ctx, username)
}
