package vector

import (
	"fmt"
	"math"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

// CheckPoint returns the error of what [Index.Upsert] refuses in a collection of dims dimensions:
// Invalid, or nil.
func CheckPoint(p Point, dims int) error {
	if p.ID == uuid.Nil {
		return book.Errorf(book.Invalid, "a point of %q has no id", p.DocID)
	}
	if p.Dense != nil && len(p.Dense) != dims {
		return book.Errorf(book.Invalid, "the dense vector of point %s has %d dimensions; its "+
			"collection has %d", p.ID, len(p.Dense), dims)
	}
	if what := flawOfDense(p.Dense); what != "" {
		return book.Errorf(book.Invalid, "the dense vector of point %s %s", p.ID, what)
	}
	if what := flawOfSparse(p.Sparse); what != "" {
		return book.Errorf(book.Invalid, "the sparse vector of point %s %s", p.ID, what)
	}
	return nil
}

// CheckQuery returns the error of what [Index.Search] refuses in a collection of dims dimensions:
// Invalid, or nil.
func CheckQuery(q Query, dims int) error {
	if err := CheckLimit(q.Limit); err != nil {
		return err
	}
	if len(q.Dense) > 0 && len(q.Dense) != dims {
		return book.Errorf(book.Invalid, "the query has %d dimensions; the collection has %d",
			len(q.Dense), dims)
	}
	if what := flawOfDense(q.Dense); what != "" {
		return book.Errorf(book.Invalid, "the dense vector of the query %s", what)
	}
	if what := flawOfSparse(q.Sparse); what != "" {
		return book.Errorf(book.Invalid, "the sparse vector of the query %s", what)
	}
	return nil
}

// CheckLimit refuses a limit that is not positive.
func CheckLimit(limit int) error {
	if limit < 1 {
		return book.Errorf(book.Invalid, "the limit is %d; it must be at least 1", limit)
	}
	return nil
}

// Unit returns v scaled to length 1. v holds finite numbers that are not all zero.
func Unit(v []float32) []float32 {
	var square float64
	for _, x := range v {
		square += float64(x) * float64(x)
	}
	scaled := make([]float32, len(v))
	for i, x := range v {
		scaled[i] = float32(float64(x) / math.Sqrt(square))
	}
	return scaled
}

// flawOfDense says what is wrong with a dense vector; "" for nothing. None is as good as any.
func flawOfDense(v []float32) string {
	if len(v) == 0 {
		return ""
	}
	return flawOfNumbers(v)
}

// flawOfSparse says what is wrong with a sparse vector; "" for nothing. Empty is as good as any.
func flawOfSparse(v book.SparseVector) string {
	if len(v.Indices) != len(v.Values) {
		return fmt.Sprintf("has %d indices and %d values", len(v.Indices), len(v.Values))
	}
	for i := 1; i < len(v.Indices); i++ {
		if v.Indices[i] <= v.Indices[i-1] {
			return "has indices that do not rise"
		}
	}
	if len(v.Indices) == 0 {
		return ""
	}
	return flawOfNumbers(v.Values)
}

func flawOfNumbers(v []float32) string {
	zero := true
	for _, x := range v {
		if f := float64(x); math.IsNaN(f) || math.IsInf(f, 0) {
			return "holds a number that is not finite"
		}
		zero = zero && x == 0
	}
	if zero {
		return "holds nothing but zeros"
	}
	return ""
}
