package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/sqlite/sqlitedb"
)

// BeginDeparture implements store.Departures.
func (s *Store) BeginDeparture(ctx context.Context, d book.Departure) error {
	return s.updateRecorded(ctx, func(ctx context.Context, tx *transaction) error {
		id := sqlitedb.UUID(d.UserID)
		row, err := tx.UserByID(ctx, id)
		if errors.Is(err, sql.ErrNoRows) {
			return noAccount()
		}
		if err != nil {
			return err
		}
		began, err := tx.DepartureOf(ctx, id)
		if err == nil {
			return store.CheckDeparture(departureOf(began), d)
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if err := tx.checkHeir(ctx, userOf(row), d.HeirID); err != nil {
			return err
		}
		if _, err := tx.changeRow(ctx, row, store.ShutOut); err != nil {
			return err
		}
		revoked := sqlitedb.RevokeKeysOfParams{RevokedAt: sqlitedb.Time(tx.now), UserID: id}
		if err := errors.Join(tx.RevokeKeysOf(ctx, revoked), tx.DeleteReset(ctx, &id)); err != nil {
			return err
		}
		departure := sqlitedb.InsertDepartureParams{UserID: id}
		if d.HeirID != uuid.Nil {
			departure.HeirID = (*sqlitedb.UUID)(&d.HeirID)
		}
		return tx.InsertDeparture(ctx, departure)
	})
}

func (tx *transaction) checkHeir(ctx context.Context, u book.User, heir uuid.UUID) error {
	if heir == uuid.Nil {
		return nil
	}
	row, err := tx.UserByID(ctx, sqlitedb.UUID(heir))
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	return store.CheckHeir(u, userOf(row))
}

// ListDepartures implements store.Departures.
func (s *Store) ListDepartures(
	ctx context.Context, after uuid.UUID, limit int,
) ([]book.Departure, error) {
	rows, err := s.read.ListDepartures(ctx, sqlitedb.ListDeparturesParams{
		UserID: sqlitedb.UUID(after), Limit: int64(limit),
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
func (s *Store) DeleteUser(ctx context.Context, user uuid.UUID) error {
	return s.updateRecorded(ctx, func(ctx context.Context, tx *transaction) error {
		id := sqlitedb.UUID(user)
		_, err := tx.UserByID(ctx, id)
		if errors.Is(err, sql.ErrNoRows) {
			return noAccount()
		}
		if err != nil {
			return err
		}
		n, err := tx.DeleteDeparture(ctx, id)
		if err != nil {
			return err
		}
		if n == 0 {
			return store.ErrStillNeeded()
		}
		err = errors.Join(
			tx.DeleteKeysOf(ctx, id), tx.DeleteRefreshTokensOf(ctx, id), tx.DeleteRequestsOf(ctx, id))
		if err != nil {
			return err
		}
		_, err = tx.DeleteUser(ctx, id)
		if dangling(err) {
			return store.ErrStillNeeded()
		}
		return err
	})
}

func departureOf(row sqlitedb.Departure) book.Departure {
	d := book.Departure{UserID: uuid.UUID(row.UserID)}
	if row.HeirID != nil {
		d.HeirID = uuid.UUID(*row.HeirID)
	}
	return d
}
