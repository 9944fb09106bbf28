package exact

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/vector"
)

func TestRecord(t *testing.T) {
	bare := vector.Point{ID: uuid.New()}
	for _, p := range []vector.Point{testPoint("a/\u00e9"), bare} {
		value := encodeRecord(p, p.Dense)
		if !intact(p.ID, value) {
			t.Error("a fresh record is not intact")
		}
		r, err := parseRecord(value)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(p, r.point(p.ID)); diff != "" {
			t.Error(diff)
		}
		for i := range value {
			value[i] ^= 0x10
			if intact(p.ID, value) {
				t.Errorf("a change of byte %d goes unnoticed", i)
			}
			value[i] ^= 0x10
		}
		if intact(uuid.New(), value) {
			t.Error("a record under another id goes unnoticed")
		}
	}
}

func FuzzRecord(f *testing.F) {
	p := testPoint("page")
	f.Add(encodeRecord(p, p.Dense))
	f.Add(encodeRecord(vector.Point{}, nil))
	f.Add([]byte{0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1})
	f.Fuzz(func(t *testing.T, value []byte) {
		r, err := parseRecord(value)
		if err != nil {
			return
		}
		got := r.point(uuid.New())
		if len(got.Dense) != r.dims || len(got.Sparse.Indices) > r.entries {
			t.Errorf("%d of %d dimensions, %d of %d entries", len(got.Dense), r.dims,
				len(got.Sparse.Indices), r.entries)
		}
	})
}
