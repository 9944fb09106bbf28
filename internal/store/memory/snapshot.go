package memory

import (
	"context"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

// snapshot is a store whose state stays as it is.
type snapshot struct{ *Store }

// Snapshot implements store.Snapshots.
func (s *Store) Snapshot(ctx context.Context, f func(s store.Snapshot) error) error {
	st, err := s.view(ctx)
	if err != nil {
		return err
	}
	return f(snapshot{&Store{clock: s.clock, state: st}})
}

// NextDocument implements store.Snapshot.
func (s snapshot) NextDocument(
	ctx context.Context, after int64, spaceID string,
) (store.WholeDocument, error) {
	st, err := s.view(ctx)
	if err != nil {
		return store.WholeDocument{}, err
	}
	var next document
	for _, d := range st.documents {
		if d.Revision > after && (next.Revision == 0 || d.Revision < next.Revision) {
			next = d
		}
	}
	if next.Revision == 0 {
		return store.WholeDocument{}, book.Errorf(book.NotFound,
			"there is no document above revision %d", after)
	}
	whole := store.WholeDocument{
		Document: st.shown(next), Fingerprint: next.fingerprint, Text: next.text,
	}
	for _, id := range next.chunkIDs {
		whole.Chunks = append(whole.Chunks, store.PlacedChunk{
			Chunk: st.chunks[id].Chunk, VectorID: st.pointOf[chunkSpace{id, spaceID}],
		})
	}
	return whole, nil
}
