package memory

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

// BeginDeparture implements store.Departures.
func (s *Store) BeginDeparture(ctx context.Context, d book.Departure) error {
	return s.updateRecorded(ctx, func(tx *transaction) error {
		u, err := tx.user(d.UserID)
		if err != nil {
			return err
		}
		if began, departs := tx.departures[d.UserID]; departs {
			return store.CheckDeparture(began, d)
		}
		if d.HeirID != uuid.Nil {
			if err := store.CheckHeir(u, tx.users[d.HeirID]); err != nil {
				return err
			}
		}
		if _, err := tx.changeRow(u, store.ShutOut); err != nil {
			return err
		}
		for id, k := range tx.keys {
			if k.UserID == d.UserID && k.RevokedAt.IsZero() {
				k.RevokedAt = tx.now
				tx.keys[id] = k
			}
		}
		tx.deleteReset(d.UserID)
		tx.departures[d.UserID] = d
		return nil
	})
}

// ListDepartures implements store.Departures.
func (s *Store) ListDepartures(
	ctx context.Context, after uuid.UUID, limit int,
) ([]book.Departure, error) {
	st, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	departures := []book.Departure{}
	for id, d := range st.departures {
		if compareIDs(id, after) > 0 {
			departures = append(departures, d)
		}
	}
	slices.SortFunc(departures, func(a, b book.Departure) int {
		return compareIDs(a.UserID, b.UserID)
	})
	return page(departures, limit), nil
}

// DeleteUser implements store.Departures.
func (s *Store) DeleteUser(ctx context.Context, id uuid.UUID) error {
	return s.updateRecorded(ctx, func(tx *transaction) error {
		if _, err := tx.user(id); err != nil {
			return err
		}
		_, departs := tx.departures[id]
		for _, d := range tx.documents {
			departs = departs && d.OwnerID != id
		}
		for _, d := range tx.departures {
			departs = departs && d.HeirID != id
		}
		if !departs {
			return store.ErrStillNeeded()
		}
		tx.forget(id)
		return nil
	})
}

// forget removes an account and what is its own.
func (tx *transaction) forget(id uuid.UUID) {
	for key, k := range tx.keys {
		if k.UserID == id {
			delete(tx.keys, key)
		}
	}
	for hash, t := range tx.tokens {
		if t.UserID == id {
			delete(tx.tokens, hash)
		}
	}
	for key, r := range tx.requests {
		if key.userID == id {
			delete(tx.requests, key)
			delete(tx.claims, r.claim)
		}
	}
	for key, c := range tx.conversations {
		if c.UserID == id {
			delete(tx.conversations, key)
			delete(tx.messages, key)
		}
	}
	delete(tx.departures, id)
	delete(tx.users, id)
}
