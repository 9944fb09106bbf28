package memory

import (
	"math"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/vector"
)

func checkPoint(p vector.Point, dims int) error {
	if p.ID == uuid.Nil {
		return book.Errorf(book.Invalid, "a point of %q has no id", p.DocID)
	}
	return checkVectors(p.Dense, p.Sparse, dims)
}

// checkVectors refuses vectors that no point and no query may have. nil and empty ones are none.
func checkVectors(dense []float32, sparse book.SparseVector, dims int) error {
	if dense != nil && (len(dense) != dims || !usable(dense)) {
		return book.Errorf(book.Invalid, "a dense vector needs %d finite numbers that are not all "+
			"zero", dims)
	}
	if len(sparse.Indices) != len(sparse.Values) {
		return book.Errorf(book.Invalid, "a sparse vector has %d indices and %d values",
			len(sparse.Indices), len(sparse.Values))
	}
	for i := 1; i < len(sparse.Indices); i++ {
		if sparse.Indices[i] <= sparse.Indices[i-1] {
			return book.Errorf(book.Invalid, "the indices of a sparse vector do not rise")
		}
	}
	if len(sparse.Values) > 0 && !usable(sparse.Values) {
		return book.Errorf(book.Invalid, "a sparse vector needs finite numbers that are not all zero")
	}
	return nil
}

// usable reports whether v holds finite numbers only, and one that is not zero.
func usable(v []float32) bool {
	some := false
	for _, x := range v {
		if f := float64(x); math.IsNaN(f) || math.IsInf(f, 0) {
			return false
		}
		some = some || x != 0
	}
	return some
}
