package exact

import (
	"path/filepath"
	"testing"

	"github.com/lectern-project/lectern/internal/vector"
	"github.com/lectern-project/lectern/internal/vector/vectortest"
)

func openAt(t testing.TB, path string) *Index {
	t.Helper()
	x, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func newPlace(t testing.TB) vectortest.Open {
	path := filepath.Join(t.TempDir(), "vectors.db")
	return func(t testing.TB) vector.Index { return openAt(t, path) }
}

func TestContract(t *testing.T) { vectortest.Run(t, newPlace) }

// The suite must also be fit for an index that counts removed points for a while.
func TestContractWithCountsDeleted(t *testing.T) {
	vectortest.Run(t, newPlace, vectortest.IDFCountsDeleted)
}

func TestKill(t *testing.T) {
	vectortest.RunKill(t, func(t testing.TB, dir string) vector.Index {
		return openAt(t, filepath.Join(dir, "vectors.db"))
	})
}
