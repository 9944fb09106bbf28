package postgres

import (
	"context"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/postgres/postgresdb"
)

// Resolve implements store.Passages.
func (s *Store) Resolve(
	ctx context.Context, space store.ActiveSpace, ids []uuid.UUID, view book.View,
) (map[uuid.UUID]book.Passage, error) {
	rows, err := s.read.Resolve(ctx, postgresdb.ResolveParams{
		Ids: ids, SpaceID: space.ID(), Activation: space.Activation,
		ReaderID: view.UserID, SeeAll: view.All,
	})
	if err != nil {
		return nil, s.translate(ctx, err)
	}
	passages := make(map[uuid.UUID]book.Passage, len(rows))
	for _, row := range rows {
		if passages[row.VectorID], err = passageOf(row); err != nil {
			return nil, err
		}
	}
	return passages, nil
}

func passageOf(row postgresdb.ResolveRow) (book.Passage, error) {
	headings, err := decode[[]string](row.HeadingPath)
	if err != nil {
		return book.Passage{}, err
	}
	anchors, err := decodeAnchors(row.Anchors)
	p := book.Passage{
		DocID:       row.DocID,
		Title:       row.Title,
		Chapter:     row.Chapter,
		URL:         row.Url,
		Revision:    row.Revision,
		HeadingPath: headings,
		ChunkID:     row.ChunkID,
		ChunkIndex:  int(row.ChunkIndex),
		CharStart:   int(row.CharStart),
		CharEnd:     int(row.CharEnd),
		Text:        row.Text,
		Anchors:     anchors,
	}
	if p.URL != "" && row.Anchor != "" {
		p.URL += "#" + row.Anchor
	}
	return p, err
}
