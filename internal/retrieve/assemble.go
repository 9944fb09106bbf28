package retrieve

import (
	"cmp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

const (
	// nearDuplicate is the share of common shingles (Jaccard) from which on two chunks are taken
	// for the same text. Versions of a page that differ by a word or two lie above it.
	nearDuplicate = 0.8
	// maxJoined bounds how many neighbouring chunks become one passage.
	maxJoined = 4
)

// assemble makes the passages of a search: the marked ones, then the ranked ones, at most topK
// chunks, without a chunk that says nearly the same as one before it, and with chunks that follow
// one another in a document joined. A joined passage stands where its best chunk stood.
func assemble(ranked, marked []book.Passage, topK int) []book.Passage {
	var kept []book.Passage
	var texts [][]uint64
	seen := map[uuid.UUID]bool{}
	for _, p := range slices.Concat(marked, ranked) {
		if len(kept) == topK {
			break
		}
		if seen[p.ChunkID] {
			continue
		}
		seen[p.ChunkID] = true
		text := shingles(p.Text)
		if slices.ContainsFunc(texts, func(t []uint64) bool { return similar(t, text) }) {
			continue
		}
		kept = append(kept, p)
		texts = append(texts, text)
	}
	return join(kept)
}

// join makes one passage of chunks that touch. Chunks tile the canonical text, so their texts, one
// after the other, are the text between the outer offsets.
func join(chunks []book.Passage) []book.Passage {
	rank := make(map[uuid.UUID]int, len(chunks))
	for i, c := range chunks {
		rank[c.ChunkID] = i
	}
	inOrder := slices.Clone(chunks)
	slices.SortFunc(inOrder, func(a, b book.Passage) int {
		return cmp.Or(strings.Compare(a.DocID, b.DocID), cmp.Compare(a.Revision, b.Revision),
			cmp.Compare(a.CharStart, b.CharStart))
	})
	type joined struct {
		book.Passage
		rank int
	}
	var passages []joined
	for i := 0; i < len(inOrder); {
		to := i + 1
		for to < len(inOrder) && to-i < maxJoined && touch(inOrder[to-1], inOrder[to]) {
			to++
		}
		best := slices.MinFunc(inOrder[i:to], func(a, b book.Passage) int {
			return cmp.Compare(rank[a.ChunkID], rank[b.ChunkID])
		})
		passages = append(passages, joined{concatenate(inOrder[i:to], best), rank[best.ChunkID]})
		i = to
	}
	slices.SortFunc(passages, func(a, b joined) int { return cmp.Compare(a.rank, b.rank) })
	result := make([]book.Passage, len(passages))
	for i, p := range passages {
		result[i] = p.Passage
	}
	return result
}

// chunksIn counts the chunks of joined passages.
func chunksIn(passages []book.Passage) int {
	n := 0
	for _, p := range passages {
		n += max(1, len(p.Parts))
	}
	return n
}

// dropOlder leaves out passages of a document that is there in a newer revision too, and reports
// whether there were any: an answer never holds two revisions of one document.
func dropOlder(passages []book.Passage) (kept []book.Passage, mixed bool) {
	newest := map[string]int64{}
	for _, p := range passages {
		newest[p.DocID] = max(newest[p.DocID], p.Revision)
	}
	for _, p := range passages {
		if p.Revision == newest[p.DocID] {
			kept = append(kept, p)
		}
	}
	return kept, len(kept) < len(passages)
}

func touch(a, b book.Passage) bool {
	return a.DocID == b.DocID && a.Revision == b.Revision && a.CharEnd == b.CharStart
}

// concatenate returns the passage of chunks that touch: named like the first, scored like the best.
func concatenate(chunks []book.Passage, best book.Passage) book.Passage {
	p := chunks[0]
	if len(chunks) == 1 {
		return p
	}
	var text strings.Builder
	for _, c := range chunks {
		text.WriteString(c.Text)
	}
	p.Text = text.String()
	p.CharEnd = chunks[len(chunks)-1].CharEnd
	p.Score, p.Scores = best.Score, best.Scores
	p.Parts = slices.Clone(chunks)
	return p
}

// similar reports whether two sets of shingles are those of near-duplicates. Texts without words
// are none.
func similar(a, b []uint64) bool {
	common := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch c := cmp.Compare(a[i], b[j]); {
		case c < 0:
			i++
		case c > 0:
			j++
		default:
			common, i, j = common+1, i+1, j+1
		}
	}
	return common > 0 && float64(common) >= nearDuplicate*float64(len(a)+len(b)-common)
}
