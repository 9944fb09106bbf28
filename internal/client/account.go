package client

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

// Key is an API key as the API shows it.
type Key struct {
	ID         uuid.UUID       `json:"id"`
	Prefix     string          `json:"prefix"`
	Permission book.Permission `json:"permission"`
	CreatedAt  time.Time       `json:"created_at"`
	ExpiresAt  *time.Time      `json:"expires_at"`
	RevokedAt  *time.Time      `json:"revoked_at"`
	UsedAt     *time.Time      `json:"used_at"`
}

// KeyRequest asks for a key. Username is the account's that it belongs to; empty: the caller's.
type KeyRequest struct {
	Permission book.Permission `json:"permission"`
	Username   string          `json:"username,omitempty"`
	ExpiresAt  *time.Time      `json:"expires_at,omitempty"`
}

// CreateKey makes a key and returns it with its secret.
func (c *Client) CreateKey(ctx context.Context, r KeyRequest) (secret string, key Key, err error) {
	var made struct {
		Key    string `json:"key"`
		Record Key    `json:"record"`
	}
	err = c.call(ctx, http.MethodPost, "/api/keys", r, &made)
	return made.Key, made.Record, err
}

// Keys calls f for each key of an account, the caller's for an empty name, oldest first.
func (c *Client) Keys(ctx context.Context, username string, f func(Key) error) error {
	query := url.Values{}
	if username != "" {
		query.Set("username", username)
	}
	return each(ctx, c, "/api/keys", query, f)
}

// RevokeKey makes a key worthless.
func (c *Client) RevokeKey(ctx context.Context, id uuid.UUID) error {
	return c.call(ctx, http.MethodDelete, path("/api/keys/%s", id.String()), nil, nil)
}

// Event is an entry of the audit log as the API shows it.
type Event struct {
	ID         uuid.UUID       `json:"id"`
	At         time.Time       `json:"at"`
	Actor      string          `json:"actor"`
	ActorID    *uuid.UUID      `json:"actor_id"`
	Action     book.Action     `json:"action"`
	TargetKind book.TargetKind `json:"target_kind"`
	TargetID   string          `json:"target_id"`
	Target     string          `json:"target"`
	Address    string          `json:"address"`
	Detail     string          `json:"detail"`
}

// Events returns the newest q.Limit entries of the audit log that q selects, newest first; q.Before is
// left alone. For administrators.
func (c *Client) Events(ctx context.Context, q book.EventQuery) ([]Event, error) {
	query := url.Values{}
	for name, value := range map[string]string{
		"actor": q.Actor, "action": q.Action, "target": q.Target,
	} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return first(ctx, c, "/api/audit", query, q.Limit, []Event{})
}

// Rated is what an account thinks of an answer, as the API shows it.
type Rated struct {
	MessageID uuid.UUID       `json:"message_id"`
	Username  string          `json:"username"`
	Question  string          `json:"question"`
	Answer    string          `json:"answer"`
	Citations []book.Citation `json:"citations"`
	Model     string          `json:"model"`
	Rating    int             `json:"rating"`
	Comment   string          `json:"comment"`
	At        time.Time       `json:"at"`
}

// Feedback returns what was thought of the newest answers, limit at most; for administrators.
func (c *Client) Feedback(ctx context.Context, limit int) ([]Rated, error) {
	return first(ctx, c, "/api/feedback", url.Values{}, limit, []Rated{})
}

var errEnough = errors.New("enough")

// first appends the first items of a list, limit at most.
func first[T any](
	ctx context.Context, c *Client, address string, query url.Values, limit int, items []T,
) ([]T, error) {
	err := each(ctx, c, address, query, func(item T) error {
		if items = append(items, item); len(items) == limit {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return items, err
}
