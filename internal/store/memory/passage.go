package memory

import (
	"cmp"
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

// passage is a chunk as searches return it, without scores.
func (st *state) passage(c chunk) book.Passage {
	d := st.documents[c.docID]
	p := book.Passage{
		DocID: d.DocID, Title: d.Title, Chapter: d.Chapter, URL: d.URL, Revision: d.Revision,
		ChunkID: c.ChunkID, ChunkIndex: c.Index, CharStart: c.CharStart, CharEnd: c.CharEnd,
		HeadingPath: c.HeadingPath, Text: c.Text, Anchors: c.Anchors,
	}
	if p.URL != "" && c.Anchor != "" {
		p.URL += "#" + c.Anchor
	}
	return p
}

// Resolve implements store.Passages.
func (s *Store) Resolve(
	ctx context.Context, space store.ActiveSpace, ids []uuid.UUID, view book.View,
) (map[uuid.UUID]book.Passage, error) {
	st, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	passages := map[uuid.UUID]book.Passage{}
	if st.spaces[space.ID()].State != store.SpaceActive ||
		st.activation != space.Activation {
		return passages, nil
	}
	for _, id := range ids {
		p, ok := st.points[id]
		if !ok || p.spaceID != space.ID() {
			continue
		}
		if c := st.chunks[p.chunkID]; st.documents[c.docID].visible(view) {
			passages[id] = st.passage(c)
		}
	}
	return passages, nil
}

// SearchTerms implements store.Passages (Robertson and Zaragoza 2009, The Probabilistic Relevance
// Framework: BM25 and Beyond).
func (s *Store) SearchTerms(
	ctx context.Context, terms []uint32, view book.View, docIDs []string, limit int,
) ([]book.Passage, error) {
	st, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	terms = slices.Compact(slices.Sorted(slices.Values(terms)))
	df, mean := st.statistics()
	found := []book.Passage{}
	for _, c := range st.chunks {
		var score float64
		for _, term := range terms {
			tf := float64(count(c.terms, term))
			score += store.TermWeight(len(st.chunks), df[term]) * 2.2 * tf / (tf + 0.3 + 0.9*float64(len(c.terms))/mean)
		}
		if score > 0 && st.documents[c.docID].visible(view) &&
			(docIDs == nil || slices.Contains(docIDs, c.docID)) {
			p := st.passage(c)
			p.Scores.Sparse = &score
			found = append(found, p)
		}
	}
	slices.SortFunc(found, func(a, b book.Passage) int {
		return cmp.Or(cmp.Compare(*b.Scores.Sparse, *a.Scores.Sparse), cmp.Compare(a.DocID, b.DocID),
			compareIDs(a.ChunkID, b.ChunkID))
	})
	return page(found, limit), nil
}

// statistics returns in how many chunks each term is, and how many terms a chunk has on average.
func (st *state) statistics() (df map[uint32]int, mean float64) {
	df = map[uint32]int{}
	for _, c := range st.chunks {
		mean += float64(len(c.terms)) / float64(len(st.chunks))
		for _, term := range slices.Compact(slices.Sorted(slices.Values(c.terms))) {
			df[term]++
		}
	}
	return df, mean
}

func count(terms []uint32, term uint32) (n int) {
	for _, t := range terms {
		if t == term {
			n++
		}
	}
	return n
}

// TermFrequencies implements store.Passages.
func (s *Store) TermFrequencies(
	ctx context.Context, terms []uint32,
) (df map[uint32]int, chunks int, err error) {
	st, err := s.view(ctx)
	if err != nil {
		return nil, 0, err
	}
	all, _ := st.statistics()
	df = map[uint32]int{}
	for _, term := range terms {
		if all[term] > 0 {
			df[term] = all[term]
		}
	}
	return df, len(st.chunks), nil
}

// ChapterDocuments implements store.Passages.
func (s *Store) ChapterDocuments(
	ctx context.Context, chapter string, view book.View,
) ([]string, error) {
	st, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	var ids []string
	for id, d := range st.documents {
		if d.Chapter == chapter && d.visible(view) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids, nil
}
