package postgres

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store/postgres/postgresdb"
)

// CreateLink implements store.Links.
func (s *Store) CreateLink(ctx context.Context, l book.Link) (book.Link, error) {
	params := postgresdb.InsertLinkParams{
		ID:        l.ID,
		Purpose:   string(l.Purpose),
		Hash:      l.Hash,
		UserID:    uuid.NullUUID{UUID: l.UserID, Valid: l.UserID != uuid.Nil},
		Email:     l.Email,
		ExpiresAt: exact(l.ExpiresAt),
	}
	if l.Role != "" {
		params.Role = (*string)(&l.Role)
	}
	var created book.Link
	err := s.updateRecorded(ctx, func(tx *transaction) error {
		if params.UserID.Valid {
			// Of two resets at once the second waits here, and takes the place of the first.
			if _, err := tx.LockUser(ctx, l.UserID); errors.Is(err, pgx.ErrNoRows) {
				return noAccount()
			}
			if err := tx.DeleteReset(ctx, params.UserID); err != nil {
				return err
			}
		}
		row, err := tx.InsertLink(ctx, params)
		created = linkOf(row)
		return credentialRefused(err)
	})
	if err != nil {
		return book.Link{}, err
	}
	return created, nil
}

// LinkByHash implements store.Links.
func (s *Store) LinkByHash(
	ctx context.Context, purpose book.LinkPurpose, hash []byte,
) (book.Link, error) {
	row, err := s.read.LinkByHash(ctx, postgresdb.LinkByHashParams{
		Hash: hash, Purpose: string(purpose),
	})
	if errors.Is(err, pgx.ErrNoRows) {
		err = noLink()
	}
	return linkOf(row), s.translate(ctx, err)
}

// ListInvitations implements store.Links.
func (s *Store) ListInvitations(
	ctx context.Context, after uuid.UUID, limit int,
) ([]book.Link, error) {
	rows, err := s.read.ListInvitations(ctx, postgresdb.ListInvitationsParams{
		After: after, RowLimit: int64(limit),
	})
	if err != nil {
		return nil, s.translate(ctx, err)
	}
	links := make([]book.Link, len(rows))
	for i, row := range rows {
		links[i] = linkOf(row)
	}
	return links, nil
}

// DeleteInvitation implements store.Links.
func (s *Store) DeleteInvitation(ctx context.Context, id uuid.UUID) error {
	return s.updateRecorded(ctx, func(tx *transaction) error {
		n, err := tx.DeleteInvitation(ctx, id)
		if err == nil && n == 0 {
			return noLink()
		}
		return err
	})
}

// RedeemInvitation implements store.Links.
func (s *Store) RedeemInvitation(
	ctx context.Context, hash []byte, u book.User,
) (created book.User, err error) {
	err = s.updateRecorded(ctx, func(tx *transaction) error {
		if _, err := tx.redeem(ctx, book.LinkInvitation, hash); err != nil {
			return err
		}
		created, err = tx.insertUser(ctx, u)
		return err
	})
	if err != nil {
		return book.User{}, err
	}
	return created, nil
}

// RedeemReset implements store.Links.
func (s *Store) RedeemReset(
	ctx context.Context, hash []byte, change func(u *book.User) error,
) (u book.User, err error) {
	err = s.updateRecorded(ctx, func(tx *transaction) error {
		l, err := tx.redeem(ctx, book.LinkReset, hash)
		if err != nil {
			return err
		}
		u, err = tx.changeUser(ctx, l.UserID, change)
		return err
	})
	if err != nil {
		return book.User{}, err
	}
	return u, nil
}

// redeem uses a link up: a second transaction that wants to waits, and finds it gone.
func (tx *transaction) redeem(
	ctx context.Context, purpose book.LinkPurpose, hash []byte,
) (book.Link, error) {
	row, err := tx.RedeemLink(ctx, postgresdb.RedeemLinkParams{Hash: hash, Purpose: string(purpose)})
	if errors.Is(err, pgx.ErrNoRows) {
		err = noLink()
	}
	return linkOf(row), err
}

// DeleteExpiredLinks implements store.Links.
func (s *Store) DeleteExpiredLinks(ctx context.Context) (int, error) {
	deleted, err := s.read.DeleteExpiredLinks(ctx)
	return int(deleted), s.translate(ctx, err)
}

func noLink() error { return book.Errorf(book.NotFound, "there is no such link (any more)") }

func linkOf(row postgresdb.OneTimeLink) book.Link {
	l := book.Link{
		ID:        row.ID,
		Purpose:   book.LinkPurpose(row.Purpose),
		Hash:      row.Hash,
		UserID:    row.UserID.UUID,
		Email:     row.Email,
		ExpiresAt: row.ExpiresAt,
		CreatedAt: row.CreatedAt,
	}
	if row.Role != nil {
		l.Role = book.Role(*row.Role)
	}
	return l
}
