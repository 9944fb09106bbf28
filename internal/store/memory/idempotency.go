package memory

import (
	"bytes"
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

type requestKey struct {
	userID uuid.UUID
	key    string
}

// requestRow is a request that carried a key.
type requestRow struct {
	fingerprint []byte
	claim       uuid.UUID
	claimedAt   time.Time
	leaseEnds   time.Time
	answer      *store.Answer // nil while it is not finished
}

// BeginRequest implements store.Idempotency.
func (s *Store) BeginRequest(
	ctx context.Context, userID uuid.UUID, key string, fingerprint []byte, lease time.Duration,
) (claim uuid.UUID, answer *store.Answer, err error) {
	err = s.update(ctx, func(tx *transaction) error {
		if _, err := tx.user(userID); err != nil {
			return err
		}
		if key == "" || len(fingerprint) == 0 {
			return book.Errorf(book.Invalid, "an Idempotency-Key and a fingerprint are needed")
		}
		at := requestKey{userID, key}
		r, there := tx.requests[at]
		switch {
		case there && !bytes.Equal(r.fingerprint, fingerprint):
			return book.Errorf(book.Invalid, "the Idempotency-Key was used for another request; "+
				"choose another key")
		case there && r.answer != nil:
			answer = r.answer
			return nil
		case there && r.leaseEnds.After(tx.now):
			return book.Errorf(book.Conflict, "a request with this Idempotency-Key is still running; "+
				"try again later")
		}
		claim = uuid.New()
		delete(tx.claims, r.claim)
		tx.claims[claim] = at
		tx.requests[at] = requestRow{
			fingerprint: bytes.Clone(fingerprint), claim: claim, claimedAt: tx.now,
			leaseEnds: tx.now.Add(lease),
		}
		return nil
	})
	return claim, answer, err
}

// FinishRequest implements store.Idempotency.
func (s *Store) FinishRequest(ctx context.Context, claim uuid.UUID, a store.Answer) error {
	return s.update(ctx, func(tx *transaction) error {
		if a.Status < 100 || a.Status > 599 {
			return book.Errorf(book.Invalid, "%d is no status of HTTP", a.Status)
		}
		at, held := tx.claims[claim]
		if !held {
			return book.Errorf(book.Conflict, "the request was given to another process meanwhile")
		}
		r := tx.requests[at]
		r.answer = &store.Answer{Status: a.Status, Body: bytes.Clone(a.Body)}
		tx.requests[at] = r
		delete(tx.claims, claim)
		return nil
	})
}

// AbandonRequest implements store.Idempotency.
func (s *Store) AbandonRequest(ctx context.Context, claim uuid.UUID) error {
	return s.update(ctx, func(tx *transaction) error {
		if at, held := tx.claims[claim]; held {
			delete(tx.requests, at)
			delete(tx.claims, claim)
		}
		return nil
	})
}

// DeleteRequests implements store.Idempotency.
func (s *Store) DeleteRequests(ctx context.Context, age time.Duration) (n int, err error) {
	err = s.update(ctx, func(tx *transaction) error {
		for at, r := range tx.requests {
			over := r.answer != nil || !r.leaseEnds.After(tx.now)
			if over && tx.now.Sub(r.claimedAt) > age {
				delete(tx.requests, at)
				delete(tx.claims, r.claim)
				n++
			}
		}
		return nil
	})
	return n, err
}
