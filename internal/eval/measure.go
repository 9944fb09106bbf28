// Package eval measures a book: how well search ranks what questions are about, and how well
// answers know what the book holds. Question sets come in BEIR's formats
// (https://github.com/beir-cellar/beir) and as lines of questions with what their answer should be.
package eval

import (
	"math"
	"slices"
)

// Measures are the means over questions of how a leg ranks documents.
type Measures struct {
	NDCG10    float64 `json:"ndcg@10"`
	Recall10  float64 `json:"recall@10"`
	Recall100 float64 `json:"recall@100"`
	MRR10     float64 `json:"mrr@10"`
	Hit5      float64 `json:"hit@5"`
}

// measure judges one ranking of distinct documents, best first. relevance holds the judged
// documents; one that is absent has relevance 0. A question without a relevant document measures 0.
func measure(ranking []string, relevance map[string]int) Measures {
	var m Measures
	relevant := 0
	for _, r := range relevance {
		if r > 0 {
			relevant++
		}
	}
	if relevant == 0 {
		return m
	}
	found10, found100 := 0, 0
	for i, docID := range ranking[:min(100, len(ranking))] {
		if relevance[docID] <= 0 {
			continue
		}
		found100++
		if i < 10 {
			found10++
			if found10 == 1 {
				m.MRR10 = 1 / float64(i+1)
			}
		}
		if i < 5 {
			m.Hit5 = 1
		}
	}
	m.NDCG10 = ndcg(ranking, relevance, 10)
	m.Recall10 = float64(found10) / float64(relevant)
	m.Recall100 = float64(found100) / float64(relevant)
	return m
}

// ndcg is the normalised discounted cumulative gain of the first k documents as trec_eval's
// ndcg_cut computes it: the gain is the relevance itself, discounted by log2(rank + 1), divided by
// that of the best possible ranking. Järvelin and Kekäläinen, ACM TOIS 20(4), 2002.
func ndcg(ranking []string, relevance map[string]int, k int) float64 {
	gains := make([]int, 0, k)
	for _, docID := range ranking[:min(k, len(ranking))] {
		gains = append(gains, relevance[docID])
	}
	ideal := make([]int, 0, len(relevance))
	for _, r := range relevance {
		ideal = append(ideal, r)
	}
	slices.SortFunc(ideal, func(a, b int) int { return b - a })
	return dcg(gains) / dcg(ideal[:min(k, len(ideal))])
}

func dcg(gains []int) float64 {
	sum := 0.0
	for i, gain := range gains {
		if gain > 0 {
			sum += float64(gain) / math.Log2(float64(i+2))
		}
	}
	return sum
}

func (m *Measures) add(o Measures) {
	m.NDCG10 += o.NDCG10
	m.Recall10 += o.Recall10
	m.Recall100 += o.Recall100
	m.MRR10 += o.MRR10
	m.Hit5 += o.Hit5
}

// over divides sums by the number of questions.
func (m Measures) over(n int) Measures {
	d := float64(max(n, 1))
	return Measures{m.NDCG10 / d, m.Recall10 / d, m.Recall100 / d, m.MRR10 / d, m.Hit5 / d}
}

// percentile returns the value below or at which a share p of the values lie (the nearest-rank
// method); 0 for none.
func percentile(values []float64, p float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	rank := int(math.Ceil(p * float64(len(sorted))))
	return sorted[max(rank, 1)-1]
}
