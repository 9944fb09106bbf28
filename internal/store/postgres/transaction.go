package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store/postgres/postgresdb"
)

// attempts is how often a transaction is tried that others keep in a deadlock.
const attempts = 8

// transaction is one write: its statements happen wholly or not at all.
type transaction struct {
	*postgresdb.Queries
}

// update runs f in a transaction and commits what it did, unless it returns an error. f is called
// again, with nothing done, when the server broke a deadlock at this transaction's cost.
func (s *Store) update(ctx context.Context, f func(tx *transaction) error) error {
	for attempt := 1; ; attempt++ {
		err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
			return f(&transaction{s.read.WithTx(tx)})
		})
		if attempt == attempts || !overtaken(err) {
			return s.translate(ctx, err)
		}
		// Those that met once must not meet again at the same time.
		pause := time.Duration(rand.Int64N(int64(attempt) * int64(10*time.Millisecond)))
		select {
		case <-ctx.Done():
			return s.translate(ctx, ctx.Err())
		case <-time.After(pause):
		}
	}
}

// overtaken reports whether a transaction was undone for the sake of others.
func overtaken(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (e.Code == serializationFailure || e.Code == deadlockDetected)
}

// view runs f in a read transaction: all of it sees one state.
func (s *Store) view(ctx context.Context, f func(q *postgresdb.Queries) error) error {
	return s.viewTx(ctx, func(tx pgx.Tx) error { return f(s.read.WithTx(tx)) })
}

// viewTx is view for statements that are not generated.
func (s *Store) viewTx(ctx context.Context, f func(tx pgx.Tx) error) error {
	options := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	return s.translate(ctx, pgx.BeginTxFunc(ctx, s.pool, options, f))
}

// decode reads JSON that the store itself wrote.
func decode[T any](text []byte) (T, error) {
	var v T
	if err := json.Unmarshal(text, &v); err != nil {
		return v, book.Wrap(book.Internal, err, "the database holds JSON that cannot be read")
	}
	return v, nil
}

// encodeList writes a list as JSON, an empty one always as [].
func encodeList[T any](list []T) (string, error) {
	if len(list) == 0 {
		return "[]", nil
	}
	text, err := json.Marshal(list)
	return string(text), err
}

// decodeAnchors returns nil where there are none.
func decodeAnchors(text []byte) ([]book.Anchor, error) {
	if string(text) == "[]" {
		return nil, nil
	}
	return decode[[]book.Anchor](text)
}

func encodeMetadata(metadata map[string]any) ([]byte, error) {
	if metadata == nil {
		metadata = map[string]any{}
	}
	text, err := json.Marshal(metadata)
	if err != nil {
		return nil, book.Wrap(book.Invalid, err, "the metadata cannot be written as JSON")
	}
	return text, nil
}

// orNull gives the zero time as null.
func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// orZero gives null as the zero time.
func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
