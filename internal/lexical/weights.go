package lexical

import (
	"cmp"
	"maps"
	"slices"
)

// The constants of BM25's term weight. They are part of the embedding space.
const (
	// K1 says how fast repetitions of a term stop counting.
	K1 = 0.9
	// B says how far the length of a text is held against it.
	B = 0.4
	// AverageLength is the length, in terms that are not stop words, that counts as average.
	AverageLength = 120
)

// DocumentWeights returns the sparse vector of a text: for each distinct stem its Hash and
//
//	f*(K1+1) / (f + K1*(1 - B + B*length/AverageLength))
//
// where f is how often it occurs and length is the number of terms of the text, both without stop
// words (Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009).
// Inverse document frequency is left to the index. Indices rise strictly; where two stems share
// an index their weights are added. A text without a term yields empty slices.
func DocumentWeights(text string) (indices []uint32, weights []float32) {
	ids := termIDs(text)
	norm := K1 * (1 - B + B*float64(len(ids))/AverageLength)
	slices.SortFunc(ids, func(a, b stemID) int {
		if c := cmp.Compare(a.id, b.id); c != 0 {
			return c
		}
		return cmp.Compare(a.stem, b.stem)
	})
	for i := 0; i < len(ids); {
		from := i
		for i < len(ids) && ids[i] == ids[from] {
			i++
		}
		f := float64(i - from)
		w := float32(f * (K1 + 1) / (f + norm))
		if n := len(indices); n > 0 && indices[n-1] == ids[from].id {
			weights[n-1] += w
			continue
		}
		indices = append(indices, ids[from].id)
		weights = append(weights, w)
	}
	return indices, weights
}

// QueryWeights returns the sparse vector of a question: for each distinct index, rising, how telling
// the word is in English (Information without a text, in units of UnknownWord), so that what a
// long question asks for outweighs how it asks. An identifier as a whole has half of that, since
// its parts are there too. Stop words are left out, so a question of nothing else yields empty
// slices. Weights are above 0 and at most 1.
func QueryWeights(question string) (indices []uint32, weights []float32) {
	weight := map[uint32]float32{}
	for _, t := range Terms(question) {
		if t.Stop {
			continue
		}
		w := float32(Information(t.Stem, 0) / UnknownWord)
		if t.Kind == Whole {
			w /= 2
		}
		weight[t.id] = max(weight[t.id], w)
	}
	indices = slices.Sorted(maps.Keys(weight))
	for _, id := range indices {
		weights = append(weights, weight[id])
	}
	return indices, weights
}

type stemID struct {
	id   uint32
	stem string
}

// termIDs returns the terms of text that count, in order.
func termIDs(text string) []stemID {
	terms := Terms(text)
	ids := make([]stemID, 0, len(terms))
	for _, t := range terms {
		if !t.Stop {
			ids = append(ids, stemID{t.id, t.Stem})
		}
	}
	return ids
}
