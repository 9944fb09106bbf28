package exact

import (
	"path/filepath"
	"testing"

	"github.com/lectern-project/lectern/internal/vector"
	"github.com/lectern-project/lectern/internal/vector/vectortest"
)

func newPlace(t testing.TB) vectortest.Open {
	path := filepath.Join(t.TempDir(), "vectors.db")
	return func(t testing.TB) vector.Index {
		t.Helper()
		x, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
}

func TestContract(t *testing.T) { vectortest.Run(t, newPlace) }
