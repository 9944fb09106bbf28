package postgres

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/postgres/postgresdb"
)

// BeginRequest implements store.Idempotency.
func (s *Store) BeginRequest(
	ctx context.Context, userID uuid.UUID, key string, fingerprint []byte, lease time.Duration,
) (claim uuid.UUID, answer *store.Answer, err error) {
	err = s.update(ctx, func(tx *transaction) error {
		claim, answer, err = tx.beginRequest(ctx, postgresdb.ClaimKeyParams{
			UserID: userID, Key: key, Fingerprint: fingerprint, Claim: uuid.New(), Lease: lease,
		})
		return err
	})
	if err != nil {
		return uuid.Nil, nil, err
	}
	return claim, answer, nil
}

func (tx *transaction) beginRequest(
	ctx context.Context, p postgresdb.ClaimKeyParams,
) (uuid.UUID, *store.Answer, error) {
	claim, err := tx.ClaimKey(ctx, p)
	switch {
	case dangling(err):
		return uuid.Nil, nil, noAccount()
	case !errors.Is(err, pgx.ErrNoRows):
		return claim, nil, err
	}
	row, err := tx.KeyState(ctx, postgresdb.KeyStateParams{UserID: p.UserID, Key: p.Key})
	switch {
	case err != nil:
		return uuid.Nil, nil, err
	case !bytes.Equal(row.Fingerprint, p.Fingerprint):
		return uuid.Nil, nil, book.Errorf(book.Invalid, "the idempotency key was used for another "+
			"request; choose a new one")
	case row.Status == nil:
		return uuid.Nil, nil, book.Errorf(book.Conflict, "a request with this idempotency key is "+
			"still running; try again")
	}
	return uuid.Nil, &store.Answer{Status: int(*row.Status), Body: row.Body}, nil
}

// FinishRequest implements store.Idempotency.
func (s *Store) FinishRequest(ctx context.Context, claim uuid.UUID, a store.Answer) error {
	body := a.Body
	if body == nil {
		body = []byte{} // nil would be null
	}
	n, err := s.read.FinishRequest(ctx, postgresdb.FinishRequestParams{
		Claim: claim, Status: int64(a.Status), Body: body,
	})
	if err == nil && n == 0 {
		return book.Errorf(book.Conflict, "the idempotency key is claimed by another request by now")
	}
	return s.translate(ctx, err)
}

// AbandonRequest implements store.Idempotency.
func (s *Store) AbandonRequest(ctx context.Context, claim uuid.UUID) error {
	return s.translate(ctx, s.read.AbandonRequest(ctx, claim))
}

// DeleteRequests implements store.Idempotency.
func (s *Store) DeleteRequests(ctx context.Context, age time.Duration) (int, error) {
	deleted, err := s.read.DeleteRequests(ctx, age)
	return int(deleted), s.translate(ctx, err)
}
