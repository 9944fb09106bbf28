package remote

import (
	"fmt"
	"math"
)

// unit scales every vector to length 1, because not all models do and shortened vectors have lost
// it. It refuses another number of vectors than texts, another dimension, NaN, infinity and zeros.
func unit(vectors [][]float32, texts, dimensions int) error {
	if len(vectors) != texts {
		return fmt.Errorf("%d vectors for %d texts", len(vectors), texts)
	}
	for i, vector := range vectors {
		if len(vector) != dimensions {
			return fmt.Errorf("vector %d has %d dimensions, not %d", i, len(vector), dimensions)
		}
		var square float64
		for _, x := range vector {
			square += float64(x) * float64(x)
		}
		if square == 0 || math.IsNaN(square) || math.IsInf(square, 0) {
			return fmt.Errorf("vector %d has length %v", i, math.Sqrt(square))
		}
		length := math.Sqrt(square)
		for d, x := range vector {
			vector[d] = float32(float64(x) / length)
		}
	}
	return nil
}
