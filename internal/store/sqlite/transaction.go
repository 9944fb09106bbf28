package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store/sqlite/sqlitedb"
)

// view runs f in a read transaction: all of it sees one state.
func (s *Store) view(ctx context.Context, f func(q *sqlitedb.Queries) error) error {
	tx, err := s.readDB.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return s.translate(ctx, err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	return s.translate(ctx, f(s.read.WithTx(tx)))
}

// decode reads JSON that the store itself wrote.
func decode[T any](text string) (T, error) {
	var v T
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return v, book.Wrap(book.Internal, err, "the database holds JSON that cannot be read")
	}
	return v, nil
}

func encodeHeadings(path []string) (string, error) {
	if path == nil {
		path = []string{}
	}
	text, err := json.Marshal(path)
	return string(text), err
}

func encodeAnchors(anchors []book.Anchor) (string, error) {
	if anchors == nil {
		return "[]", nil
	}
	text, err := json.Marshal(anchors)
	return string(text), err
}

// decodeAnchors returns nil where there are none, without decoding: most chunks have none.
func decodeAnchors(text string) ([]book.Anchor, error) {
	if text == "[]" {
		return nil, nil
	}
	return decode[[]book.Anchor](text)
}

func encodeMetadata(metadata map[string]any) (string, error) {
	if metadata == nil {
		metadata = map[string]any{}
	}
	text, err := json.Marshal(metadata)
	if err != nil {
		return "", book.Wrap(book.Invalid, err, "the metadata cannot be written as JSON")
	}
	return string(text), nil
}
