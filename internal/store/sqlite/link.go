package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store/sqlite/sqlitedb"
)

// CreateLink implements store.Links.
func (s *Store) CreateLink(ctx context.Context, l book.Link) (book.Link, error) {
	err := s.updateRecorded(ctx, func(ctx context.Context, tx *transaction) error {
		l.ExpiresAt, l.CreatedAt = exact(l.ExpiresAt), tx.now
		row := sqlitedb.InsertLinkParams{
			ID:        sqlitedb.UUID(l.ID),
			Purpose:   string(l.Purpose),
			Hash:      l.Hash,
			Email:     l.Email,
			Role:      sql.NullString{String: string(l.Role), Valid: l.Role != ""},
			ExpiresAt: sqlitedb.Time(l.ExpiresAt),
			CreatedAt: sqlitedb.Time(l.CreatedAt),
		}
		if l.UserID != uuid.Nil {
			row.UserID = (*sqlitedb.UUID)(&l.UserID)
			if err := tx.DeleteReset(ctx, row.UserID); err != nil {
				return err
			}
		}
		return credentialRefused(tx.InsertLink(ctx, row))
	})
	if err != nil {
		return book.Link{}, err
	}
	return l, nil
}

// LinkByHash implements store.Links.
func (s *Store) LinkByHash(
	ctx context.Context, purpose book.LinkPurpose, hash []byte,
) (book.Link, error) {
	l, err := linkByHash(ctx, s.read, purpose, hash, s.now())
	return l, s.translate(ctx, err)
}

func linkByHash(
	ctx context.Context, q *sqlitedb.Queries, purpose book.LinkPurpose, hash []byte, now time.Time,
) (book.Link, error) {
	row, err := q.LinkByHash(ctx, sqlitedb.LinkByHashParams{
		Hash: hash, Purpose: string(purpose), Now: now.UnixMicro(),
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = noLink()
	}
	return linkOf(row), err
}

// ListInvitations implements store.Links.
func (s *Store) ListInvitations(
	ctx context.Context, after uuid.UUID, limit int,
) ([]book.Link, error) {
	rows, err := s.read.ListInvitations(ctx, sqlitedb.ListInvitationsParams{
		ID: sqlitedb.UUID(after), Now: s.now().UnixMicro(), Limit: int64(limit),
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
	return s.updateRecorded(ctx, func(ctx context.Context, tx *transaction) error {
		n, err := tx.DeleteInvitation(ctx, sqlitedb.DeleteInvitationParams{
			ID: sqlitedb.UUID(id), Now: tx.now.UnixMicro(),
		})
		if err == nil && n == 0 {
			return noLink()
		}
		return err
	})
}

// RedeemInvitation implements store.Links.
func (s *Store) RedeemInvitation(
	ctx context.Context, hash []byte, u book.User,
) (book.User, error) {
	err := s.updateRecorded(ctx, func(ctx context.Context, tx *transaction) error {
		if _, err := tx.redeem(ctx, book.LinkInvitation, hash); err != nil {
			return err
		}
		u.CreatedAt, u.UpdatedAt = tx.now, tx.now
		return tx.insertUser(ctx, u)
	})
	if err != nil {
		return book.User{}, err
	}
	return u, nil
}

// RedeemReset implements store.Links.
func (s *Store) RedeemReset(
	ctx context.Context, hash []byte, change func(u *book.User) error,
) (u book.User, err error) {
	err = s.updateRecorded(ctx, func(ctx context.Context, tx *transaction) error {
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

// redeem uses a link up.
func (tx *transaction) redeem(
	ctx context.Context, purpose book.LinkPurpose, hash []byte,
) (book.Link, error) {
	l, err := linkByHash(ctx, tx.Queries, purpose, hash, tx.now)
	if err != nil {
		return book.Link{}, err
	}
	return l, tx.DeleteLink(ctx, sqlitedb.UUID(l.ID))
}

// DeleteExpiredLinks implements store.Links.
func (s *Store) DeleteExpiredLinks(ctx context.Context) (int, error) {
	var deleted int64
	err := s.update(ctx, func(ctx context.Context, tx *transaction) (err error) {
		deleted, err = tx.DeleteExpiredLinks(ctx, tx.now.UnixMicro())
		return err
	})
	if err != nil {
		return 0, err
	}
	return int(deleted), nil
}

func noLink() error { return book.Errorf(book.NotFound, "there is no such link (any more)") }

func linkOf(row sqlitedb.OneTimeLink) book.Link {
	l := book.Link{
		ID:        uuid.UUID(row.ID),
		Purpose:   book.LinkPurpose(row.Purpose),
		Hash:      row.Hash,
		Email:     row.Email,
		Role:      book.Role(row.Role.String),
		ExpiresAt: time.Time(row.ExpiresAt),
		CreatedAt: time.Time(row.CreatedAt),
	}
	if row.UserID != nil {
		l.UserID = uuid.UUID(*row.UserID)
	}
	return l
}
