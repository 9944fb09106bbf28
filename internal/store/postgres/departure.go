package postgres

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/postgres/postgresdb"
)

// BeginDeparture implements store.Departures.
func (s *Store) BeginDeparture(ctx context.Context, d book.Departure) error {
	return s.updateRecorded(ctx, func(tx *transaction) error {
		rows, err := tx.lockUsers(ctx, d.UserID, d.HeirID)
		if err != nil {
			return err
		}
		row, ok := rows[d.UserID]
		if !ok {
			return noAccount()
		}
		began, err := tx.DepartureOf(ctx, d.UserID)
		if err == nil {
			return store.CheckDeparture(departureOf(began), d)
		}
		if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		if d.HeirID != uuid.Nil {
			if err := store.CheckHeir(userOf(row), userOf(rows[d.HeirID])); err != nil {
				return err
			}
		}
		return tx.beginDeparture(ctx, row, d)
	})
}

func (tx *transaction) beginDeparture(
	ctx context.Context, row postgresdb.User, d book.Departure,
) error {
	if _, err := tx.changeRow(ctx, row, store.ShutOut); err != nil {
		return err
	}
	if err := tx.RevokeKeysOf(ctx, d.UserID); err != nil {
		return err
	}
	if err := tx.DeleteReset(ctx, uuid.NullUUID{UUID: d.UserID, Valid: true}); err != nil {
		return err
	}
	return tx.InsertDeparture(ctx, postgresdb.InsertDepartureParams{
		UserID: d.UserID, HeirID: uuid.NullUUID{UUID: d.HeirID, Valid: d.HeirID != uuid.Nil},
	})
}

// lockUsers locks those of the accounts that are there, always in the same order.
func (tx *transaction) lockUsers(
	ctx context.Context, ids ...uuid.UUID,
) (map[uuid.UUID]postgresdb.User, error) {
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	rows := map[uuid.UUID]postgresdb.User{}
	for _, id := range ids {
		row, err := tx.LockUser(ctx, id)
		if err == nil {
			rows[id] = row
		} else if !errors.Is(err, pgx.ErrNoRows) {
			return nil, err
		}
	}
	return rows, nil
}

// ListDepartures implements store.Departures.
func (s *Store) ListDepartures(
	ctx context.Context, after uuid.UUID, limit int,
) ([]book.Departure, error) {
	rows, err := s.read.ListDepartures(ctx, postgresdb.ListDeparturesParams{
		After: after, RowLimit: int64(limit),
	})
	if err != nil {
		return nil, s.translate(ctx, err)
	}
	departures := make([]book.Departure, len(rows))
	for i, row := range rows {
		departures[i] = departureOf(row)
	}
	return departures, nil
}

// DeleteUser implements store.Departures.
func (s *Store) DeleteUser(ctx context.Context, id uuid.UUID) error {
	return s.updateRecorded(ctx, func(tx *transaction) error {
		if _, err := tx.LockUser(ctx, id); errors.Is(err, pgx.ErrNoRows) {
			return noAccount()
		}
		n, err := tx.DeleteDeparture(ctx, id)
		if err == nil && n == 0 {
			return store.ErrStillNeeded()
		}
		for _, remove := range []func(context.Context, uuid.UUID) error{
			tx.DeleteKeysOf, tx.DeleteRefreshTokensOf, tx.DeleteRequestsOf,
		} {
			if err == nil {
				err = remove(ctx, id)
			}
		}
		if err == nil {
			_, err = tx.DeleteUser(ctx, id)
		}
		if dangling(err) {
			return store.ErrStillNeeded()
		}
		return err
	})
}

func departureOf(row postgresdb.Departure) book.Departure {
	return book.Departure{UserID: row.UserID, HeirID: row.HeirID.UUID}
}
