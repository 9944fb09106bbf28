package postgres

import (
	"context"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/postgres/postgresdb"
)

// putChunks moves the chunks that stay, inserts the new ones, and then their points.
func (c *commit) putChunks(ctx context.Context) error {
	var move postgresdb.MoveChunksParams
	insert := postgresdb.InsertChunksParams{DocID: c.doc.DocID}
	points := postgresdb.InsertPointsParams{SpaceID: c.write.SpaceID}
	for _, chunk := range c.write.Chunks {
		headings, err := encodeList(chunk.HeadingPath)
		if err != nil {
			return err
		}
		anchors, err := encodeList(chunk.Anchors)
		if err != nil {
			return err
		}
		if _, there := c.points[chunk.ChunkID]; there {
			addMove(&move, chunk, headings, anchors)
		} else {
			addInsert(&insert, chunk, headings, anchors)
		}
		if chunk.VectorID != uuid.Nil {
			points.VectorIds = append(points.VectorIds, chunk.VectorID)
			points.ChunkIds = append(points.ChunkIds, chunk.ChunkID)
			points.Scopes = append(points.Scopes, c.doc.Scope)
		}
	}
	if len(move.ChunkIds) > 0 {
		if err := c.MoveChunks(ctx, move); err != nil {
			return err
		}
	}
	if len(insert.ChunkIds) > 0 {
		if err := c.InsertChunks(ctx, insert); err != nil {
			return err
		}
	}
	if len(points.VectorIds) > 0 {
		return c.InsertPoints(ctx, points)
	}
	return nil
}

func addMove(p *postgresdb.MoveChunksParams, c store.ChunkWrite, headings, anchors string) {
	p.ChunkIds = append(p.ChunkIds, c.ChunkID)
	p.Indices = append(p.Indices, int64(c.Index))
	p.Starts = append(p.Starts, int64(c.CharStart))
	p.Ends = append(p.Ends, int64(c.CharEnd))
	p.HeadingPaths = append(p.HeadingPaths, headings)
	p.Anchors = append(p.Anchors, c.Anchor)
	p.AnchorLists = append(p.AnchorLists, anchors)
}

func addInsert(p *postgresdb.InsertChunksParams, c store.ChunkWrite, headings, anchors string) {
	p.ChunkIds = append(p.ChunkIds, c.ChunkID)
	p.Indices = append(p.Indices, int64(c.Index))
	p.Starts = append(p.Starts, int64(c.CharStart))
	p.Ends = append(p.Ends, int64(c.CharEnd))
	p.HeadingPaths = append(p.HeadingPaths, headings)
	p.Anchors = append(p.Anchors, c.Anchor)
	p.AnchorLists = append(p.AnchorLists, anchors)
	p.Texts = append(p.Texts, c.Text)
	p.Terms = append(p.Terms, termVector(c.Terms))
	p.TokenCounts = append(p.TokenCounts, int64(len(c.Terms)))
}

// maxPositions is how many positions of a word a tsvector keeps.
const maxPositions = 255

// termVector writes terms as a tsvector in which a term that appears n times has the positions 1
// to n: ranking needs the number alone, and real positions end at 16,383.
func termVector(terms []uint32) string {
	sorted := slices.Sorted(slices.Values(terms))
	var text []byte
	for i, n := 0, 0; i < len(sorted); i++ {
		switch {
		case i == 0 || sorted[i] != sorted[i-1]:
			n = 1
			text = append(text, ' ')
			text = strconv.AppendUint(text, uint64(sorted[i]), 10)
			text = append(text, ":1"...)
		case n < maxPositions:
			n++
			text = append(text, ',')
			text = strconv.AppendInt(text, int64(n), 10)
		}
	}
	return string(text)
}
