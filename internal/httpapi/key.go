package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/auth"
	"github.com/lectern-project/lectern/internal/book"
)

// Key is an API key without its secret.
type Key struct {
	ID         uuid.UUID       `json:"id" format:"uuid" doc:"Never changes."`
	Prefix     string          `json:"prefix" example:"lk_1f0c9a7e" doc:"The key's first characters, to recognise it by."`
	Permission book.Permission `json:"permission" enum:"read,ingest,admin" example:"ingest" doc:"What the key allows at most: read asks, ingest also writes documents, admin also manages. Never more than its account."`
	CreatedAt  time.Time       `json:"created_at" doc:"When it was made."`
	ExpiresAt  *time.Time      `json:"expires_at" doc:"When it ends; null for never."`
	RevokedAt  *time.Time      `json:"revoked_at" doc:"When it was revoked; null for a key that was not."`
	UsedAt     *time.Time      `json:"used_at" doc:"When it was last used, to the minute; null for never."`
}

// NewKey is a key that was just made.
type NewKey struct {
	Key    string `json:"key" example:"lk_1f0c9a7e..." doc:"The key itself, which is shown only now."`
	Record Key    `json:"record" doc:"What is kept of it."`
}

// KeyList is one page of an account's keys.
type KeyList struct {
	Items      []Key   `json:"items" doc:"Oldest first, expired and revoked ones too."`
	NextCursor *string `json:"next_cursor" doc:"For the next page; null on the last."`
}

// KeyRequest asks for a key.
type KeyRequest struct {
	Permission book.Permission `json:"permission" enum:"read,ingest,admin" example:"ingest" doc:"What the key may do at most; no more than its account may."`
	Username   string          `json:"username,omitempty" maxLength:"64" example:"ada" doc:"The account that it belongs to, for administrators. Default: the own one."`
	ExpiresAt  *time.Time      `json:"expires_at,omitempty" example:"2030-01-01T00:00:00Z" doc:"When it ends. Default: never."`
}

type (
	keysInput struct {
		PageQuery
		Username string `query:"username" maxLength:"64" doc:"The account whose keys to list, for administrators. Default: the own one."`
	}
	keyInput   struct{ Body KeyRequest }
	keyIDInput struct {
		ID uuid.UUID `path:"key_id" format:"uuid" doc:"The key's id."`
	}
	keysOutput   struct{ Body KeyList }
	newKeyOutput struct {
		Status int
		Body   NewKey
	}
)

func (s *server) listKeys(ctx context.Context, in *keysInput) (*keysOutput, error) {
	cursor, err := in.after()
	if err != nil {
		return nil, err
	}
	after := uuid.Nil
	if cursor != "" {
		if after, err = uuid.Parse(cursor); err != nil {
			return nil, errCursor()
		}
	}
	if !isText(in.Username) {
		return nil, book.Errorf(book.Invalid, "username must be UTF-8 without NUL")
	}
	keys, err := s.Accounts.ListKeys(ctx, caller(ctx), in.Username, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	page, more := cutPage(keys, in.Limit)
	list := KeyList{Items: make([]Key, len(page))}
	for i, k := range page {
		list.Items[i] = shownKey(k)
		list.NextCursor = nextCursor(more, k.ID.String())
	}
	return &keysOutput{Body: list}, nil
}

func (s *server) createKey(ctx context.Context, in *keyInput) (*newKeyOutput, error) {
	request := auth.KeyRequest{Username: in.Body.Username, Permission: in.Body.Permission}
	if in.Body.ExpiresAt != nil {
		request.ExpiresAt = *in.Body.ExpiresAt
	}
	secret, key, err := s.Accounts.CreateKey(ctx, caller(ctx), request)
	if err != nil {
		return nil, err
	}
	return &newKeyOutput{
		Status: http.StatusCreated, Body: NewKey{Key: secret, Record: shownKey(key)},
	}, nil
}

func (s *server) revokeKey(ctx context.Context, in *keyIDInput) (*nothing, error) {
	return nil, s.Accounts.RevokeKey(ctx, caller(ctx), in.ID)
}

func shownKey(k book.APIKey) Key {
	return Key{
		ID: k.ID, Prefix: k.Prefix, Permission: k.Permission, CreatedAt: k.CreatedAt.UTC(),
		ExpiresAt: orNull(k.ExpiresAt), RevokedAt: orNull(k.RevokedAt), UsedAt: orNull(k.UsedAt),
	}
}

// orNull is a time for JSON, null for none.
func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
