package retrieve

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/vector"
)

func hit(n byte, score float64) vector.Hit {
	id := uuid.UUID{15: n}
	return vector.Hit{ID: id, ChunkID: id, DocID: string('a' + rune(n)), Score: score}
}

// TestFuse computes the rule by hand: dense normalises to 1, 0.5 and 0, sparse to 1 and 0.
func TestFuse(t *testing.T) {
	got := Fuse(vector.Hits{
		Dense:  []vector.Hit{hit(1, 0.9), hit(2, 0.7), hit(3, 0.5)},
		Sparse: []vector.Hit{hit(2, 12), hit(4, 4)},
	}, 0.2)
	want := []struct {
		n     byte
		score float64
	}{{2, 0.2*0.5 + 0.8}, {1, 0.2}, {3, 0}, {4, 0}}
	if len(got) != len(want) {
		t.Fatalf("%d candidates, want %d", len(got), len(want))
	}
	for i, w := range want {
		if got[i].ID[15] != w.n || math.Abs(got[i].Score-w.score) > 1e-12 {
			t.Errorf("place %d: %d with %v, want %d with %v", i, got[i].ID[15], got[i].Score, w.n, w.score)
		}
	}
	if d, s := got[0].Dense, got[0].Sparse; d == nil || *d != 0.7 || s == nil || *s != 12 {
		t.Errorf("raw scores of the first are %v and %v, want 0.7 and 12", d, s)
	}
	if got[1].Sparse != nil || got[3].Dense != nil {
		t.Error("a leg that did not find a point has a score")
	}
}

func TestFuseOneLeg(t *testing.T) {
	leg := []vector.Hit{hit(1, 3), hit(2, 2)}
	if got := Fuse(vector.Hits{Sparse: leg}, 0.2); got[0].ID[15] != 1 || got[0].Score != 0.8 {
		t.Errorf("sparse alone: %+v", got)
	}
	same := []vector.Hit{hit(2, 1), hit(1, 1)}
	got := Fuse(vector.Hits{Dense: same}, 0.2)
	if got[0].DocID != "b" || got[0].Score != 0.2 || got[1].Score != 0.2 {
		t.Errorf("equal scores: %+v, want both 0.2, ordered by doc_id", got)
	}
	if got := Fuse(vector.Hits{}, 0.2); len(got) != 0 {
		t.Errorf("no hits: %+v", got)
	}
}

// TestFuseWiderLeg: asking for more hits than the rule normalises over changes no score.
func TestFuseWiderLeg(t *testing.T) {
	var wide []vector.Hit
	for i := range 2 * legLimit {
		wide = append(wide, hit(byte(i), 1/float64(i+1)))
	}
	narrow := Fuse(vector.Hits{Dense: wide[:legLimit]}, 0.5)
	got := Fuse(vector.Hits{Dense: wide}, 0.5)
	for i, c := range narrow {
		if got[i].ID != c.ID || got[i].Score != c.Score {
			t.Fatalf("place %d: %v with %v, want %v with %v", i, got[i].ID, got[i].Score, c.ID, c.Score)
		}
	}
	for _, c := range got[legLimit:] {
		if c.Score != 0 {
			t.Errorf("a hit beyond the first %d scores %v", legLimit, c.Score)
		}
	}
}

// TestFuseIgnoresOrder: indexes may order equal scores as they like.
func TestFuseIgnoresOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var dense, sparse []vector.Hit
	for i := range 60 {
		dense = append(dense, hit(byte(i), float64(random.IntN(5))))
		sparse = append(sparse, hit(byte(i+20), float64(1+random.IntN(5))))
	}
	want := Fuse(vector.Hits{Dense: dense, Sparse: sparse}, 0.3)
	for range 20 {
		for _, leg := range [][]vector.Hit{dense, sparse} {
			random.Shuffle(len(leg), func(i, j int) { leg[i], leg[j] = leg[j], leg[i] })
		}
		got := Fuse(vector.Hits{Dense: dense, Sparse: sparse}, 0.3)
		if !slices.EqualFunc(got, want, func(a, b Candidate) bool {
			return a.ID == b.ID && a.Score == b.Score
		}) {
			t.Fatal("the ranking depends on the order of hits")
		}
	}
}
