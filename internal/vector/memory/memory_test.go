package memory_test

import (
	"testing"

	"github.com/lectern-project/lectern/internal/vector"
	"github.com/lectern-project/lectern/internal/vector/memory"
	"github.com/lectern-project/lectern/internal/vector/vectortest"
)

func TestContract(t *testing.T) {
	vectortest.Run(t, func(testing.TB) vectortest.Open {
		x := memory.New()
		return func(testing.TB) vector.Index { return x }
	})
}
