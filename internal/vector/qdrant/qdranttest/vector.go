package qdranttest

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/qdrant/go-client/qdrant"
)

// stored is a vector as it is stored: sparse or dense.
type stored struct {
	sparse  bool
	indices []uint32
	values  []float32
}

// readVector reads both forms that clients write in.
func readVector(v *qdrant.Vector) stored {
	switch form := v.GetVector().(type) {
	case *qdrant.Vector_Dense:
		return stored{values: form.Dense.GetData()}
	case *qdrant.Vector_Sparse:
		return stored{true, form.Sparse.GetIndices(), form.Sparse.GetValues()}
	}
	if v.GetIndices() != nil { //nolint:staticcheck // older clients
		return stored{true, v.GetIndices().GetData(), v.GetData()} //nolint:staticcheck // as above
	}
	return stored{values: v.GetData()} //nolint:staticcheck // older clients
}

// output answers in either form that servers answer in.
func (v stored) output() *qdrant.VectorOutput {
	older := rand.IntN(2) == 0
	switch {
	case v.sparse && older:
		return &qdrant.VectorOutput{
			Data:    v.values,                               //nolint:staticcheck // older servers
			Indices: &qdrant.SparseIndices{Data: v.indices}, //nolint:staticcheck // as above
		}
	case v.sparse:
		return &qdrant.VectorOutput{Vector: &qdrant.VectorOutput_Sparse{
			Sparse: &qdrant.SparseVector{Indices: v.indices, Values: v.values},
		}}
	case older:
		return &qdrant.VectorOutput{Data: v.values} //nolint:staticcheck // older servers
	}
	return &qdrant.VectorOutput{Vector: &qdrant.VectorOutput_Dense{
		Dense: &qdrant.DenseVector{Data: v.values},
	}}
}

// checkRequest refuses what the server's request validation does, before the engine sees it.
func (v stored) checkRequest() error {
	if !v.sparse {
		return nil
	}
	if len(v.indices) != len(v.values) {
		return invalid("Validation error: values must be the same length as indices")
	}
	sorted := slices.Sorted(slices.Values(v.indices))
	if len(slices.Compact(sorted)) != len(v.indices) {
		return invalid("Validation error: indices must be unique")
	}
	return nil
}

// sorted is v with its indices ascending.
func (v stored) sorted() stored {
	order := make([]int, len(v.indices))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return int(v.indices[a]) - int(v.indices[b]) })
	s := stored{sparse: true}
	for _, i := range order {
		s.indices = append(s.indices, v.indices[i])
		s.values = append(s.values, v.values[i])
	}
	return s
}

// float32Epsilon: a vector whose squared length is below it is not scaled.
const float32Epsilon = 1.1920929e-07

func normalised(v []float32) []float32 {
	var square float32
	for _, x := range v {
		square += x * x
	}
	if square < float32Epsilon {
		return v
	}
	length := float32(math.Sqrt(float64(square)))
	scaled := make([]float32, len(v))
	for i, x := range v {
		scaled[i] = x / length
	}
	return scaled
}

func dot(a, b []float32) (sum float32) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

// quantised is v with its numbers rounded as int8 would.
func quantised(v []float32) []float32 {
	var largest float32
	for _, x := range v {
		largest = max(largest, x, -x)
	}
	step := largest / 127
	rounded := make([]float32, len(v))
	for i, x := range v {
		rounded[i] = step * float32(math.Round(float64(x/step)))
	}
	return rounded
}
