package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/sqlite/sqlitedb"
)

// BeginRequest implements store.Idempotency.
func (s *Store) BeginRequest(
	ctx context.Context, userID uuid.UUID, key string, fingerprint []byte, lease time.Duration,
) (claim uuid.UUID, answer *store.Answer, err error) {
	err = s.update(ctx, func(ctx context.Context, tx *transaction) error {
		p := sqlitedb.InsertRequestParams{
			UserID:      sqlitedb.UUID(userID),
			Key:         key,
			Fingerprint: fingerprint,
			Claim:       sqlitedb.UUID(uuid.New()),
			ClaimedAt:   sqlitedb.Time(tx.now),
			LeaseUntil:  sqlitedb.Time(tx.now.Add(lease)),
		}
		claim = uuid.UUID(p.Claim)
		answer, err = tx.beginRequest(ctx, p)
		return err
	})
	if err != nil || answer != nil {
		return uuid.Nil, answer, err
	}
	return claim, nil, nil
}

// beginRequest returns the answer of the request, or nil when it has the claim now.
func (tx *transaction) beginRequest(
	ctx context.Context, p sqlitedb.InsertRequestParams,
) (*store.Answer, error) {
	row, err := tx.RequestByKey(ctx, sqlitedb.RequestByKeyParams{UserID: p.UserID, Key: p.Key})
	if errors.Is(err, sql.ErrNoRows) {
		err := tx.InsertRequest(ctx, p)
		if dangling(err) {
			return nil, noAccount()
		}
		return nil, err
	}
	switch {
	case err != nil:
		return nil, err
	case !bytes.Equal(row.Fingerprint, p.Fingerprint):
		return nil, book.Errorf(book.Invalid, "the idempotency key was used for another request; "+
			"choose a new one")
	case row.Status.Valid:
		return &store.Answer{Status: int(row.Status.Int64), Body: row.Body}, nil
	case time.Time(row.LeaseUntil).After(tx.now):
		return nil, book.Errorf(book.Conflict, "a request with this idempotency key is still "+
			"running; try again")
	}
	return nil, tx.ReclaimRequest(ctx, sqlitedb.ReclaimRequestParams{
		UserID: p.UserID, Key: p.Key,
		Claim: p.Claim, ClaimedAt: p.ClaimedAt, LeaseUntil: p.LeaseUntil,
	})
}

// FinishRequest implements store.Idempotency.
func (s *Store) FinishRequest(ctx context.Context, claim uuid.UUID, a store.Answer) error {
	body := a.Body
	if body == nil {
		body = []byte{} // nil would be null
	}
	return s.update(ctx, func(ctx context.Context, tx *transaction) error {
		n, err := tx.FinishRequest(ctx, sqlitedb.FinishRequestParams{
			Claim: sqlitedb.UUID(claim), Body: body,
			Status: sql.NullInt64{Int64: int64(a.Status), Valid: true},
		})
		if err == nil && n == 0 {
			return book.Errorf(book.Conflict,
				"the idempotency key is claimed by another request by now")
		}
		return err
	})
}

// AbandonRequest implements store.Idempotency.
func (s *Store) AbandonRequest(ctx context.Context, claim uuid.UUID) error {
	return s.update(ctx, func(ctx context.Context, tx *transaction) error {
		return tx.AbandonRequest(ctx, sqlitedb.UUID(claim))
	})
}

// DeleteRequests implements store.Idempotency.
func (s *Store) DeleteRequests(ctx context.Context, age time.Duration) (int, error) {
	var deleted int64
	err := s.update(ctx, func(ctx context.Context, tx *transaction) (err error) {
		deleted, err = tx.DeleteRequests(ctx, sqlitedb.DeleteRequestsParams{
			Before: sqlitedb.Time(tx.now.Add(-age)), Now: sqlitedb.Time(tx.now),
		})
		return err
	})
	if err != nil {
		return 0, err
	}
	return int(deleted), nil
}
