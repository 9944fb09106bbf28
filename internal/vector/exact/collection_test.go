package exact

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/vector"
)

func idsOf(points []vector.Point) []uuid.UUID {
	ids := make([]uuid.UUID, len(points))
	for i, p := range points {
		ids[i] = p.ID
	}
	return ids
}

// A book that is written anew many times must not make the index grow.
func TestDeleteReclaims(t *testing.T) {
	ctx, id := t.Context(), testSpace.ID()
	path, old := filled(t, 500)
	x := openAt(t, path)
	defer x.Close()
	for range 30 {
		fresh := make([]vector.Point, len(old))
		for i := range fresh {
			fresh[i] = testPoint(uuid.NewString()) // names must be reclaimed too
		}
		if err := x.Upsert(ctx, id, fresh); err != nil {
			t.Fatal(err)
		}
		if err := x.Delete(ctx, id, idsOf(old)); err != nil {
			t.Fatal(err)
		}
		old = fresh
	}
	c := x.collections[id]
	if len(c.slots) > 3*slabRows || len(c.slabs) > 3 || len(c.docs.text) > 3*slabRows {
		t.Errorf("500 points take %d slots, %d slabs, %d names", len(c.slots), len(c.slabs),
			len(c.docs.text))
	}
	if p := c.terms[1]; p.live != 500 || len(p.list) > 3*slabRows {
		t.Errorf("df is %d in a list of %d, want 500", p.live, len(p.list))
	}
	if err := x.Delete(ctx, id, idsOf(old)); err != nil {
		t.Fatal(err)
	}
	c.sweep(&x.mu)
	if len(c.slots)+len(c.slabs)+len(c.terms)+len(c.free)+len(c.scopes.number) > 0 {
		t.Errorf("an empty collection still holds %d slots, %d slabs, %d terms",
			len(c.slots), len(c.slabs), len(c.terms))
	}
}

// Slots that are given out again must not bring back what was in them.
func TestReusedSlots(t *testing.T) {
	ctx, id := t.Context(), testSpace.ID()
	path, points := filled(t, 3*slabRows)
	x := openAt(t, path)
	defer x.Close()
	if err := x.Delete(ctx, id, idsOf(points[100:])); err != nil {
		t.Fatal(err)
	}
	c := x.collections[id]
	c.sweep(&x.mu)
	if len(c.slabs) != 1 {
		t.Errorf("100 points keep %d slabs", len(c.slabs))
	}
	next := testPoint("next")
	next.Dense, next.Sparse.Indices = nil, []uint32{7, 9}
	if err := x.Upsert(ctx, id, []vector.Point{next}); err != nil {
		t.Fatal(err)
	}
	hits, err := x.Search(ctx, id, vector.Query{
		Dense: points[0].Dense, Sparse: points[0].Sparse,
		Scopes: []book.Scope{book.ScopePublic}, Limit: 1000,
	})
	if err != nil || len(hits.Dense) != 100 || len(hits.Sparse) != 100 {
		t.Errorf("%d and %d hits, %v; want 100 of each", len(hits.Dense), len(hits.Sparse), err)
	}
}

// Beyond the contract: equal scores come in the order of ids, and the lowest ids stay.
func TestTiesInOrderOfIDs(t *testing.T) {
	path, points := filled(t, 1)
	x := openAt(t, path)
	defer x.Close()
	twin := points[0]
	for range 3000 {
		twin.ID = uuid.New()
		points = append(points, twin)
	}
	if err := x.Upsert(t.Context(), testSpace.ID(), points); err != nil {
		t.Fatal(err)
	}
	ids := idsOf(points)
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	hits, err := x.Search(t.Context(), testSpace.ID(), vector.Query{
		Dense: twin.Dense, Sparse: twin.Sparse, Scopes: []book.Scope{twin.Scope}, Limit: 50,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, leg := range [][]vector.Hit{hits.Dense, hits.Sparse} {
		for i, h := range leg {
			if h.ID != ids[i] {
				t.Errorf("hit %d is %s, want %s", i, h.ID, ids[i])
			}
		}
	}
}

// A file is read in another way than points are added, part of the range of indices by part.
func TestLoadedPostingsAreThoseInserted(t *testing.T) {
	const part = 1 << 26
	inserted := newCollection(4)
	var records [][]byte
	for i := range uint32(200) {
		p := testPoint("page")
		p.Sparse = book.SparseVector{}
		for _, index := range []uint32{
			0, 1, part - 1, part, part + i, 2*part - 1, 40 * part, math.MaxUint32 - i, math.MaxUint32,
		} {
			if n := len(p.Sparse.Indices); n == 0 || p.Sparse.Indices[n-1] < index {
				p.Sparse.Indices = append(p.Sparse.Indices, index)
				p.Sparse.Values = append(p.Sparse.Values, float32(i)+1)
			}
		}
		value := encodeRecord(p, p.Dense)
		r, err := parseRecord(value)
		if err != nil {
			t.Fatal(err)
		}
		inserted.insert(p.ID, r)
		records = append(records, value)
	}
	loaded := loadPostings(records)
	opts := cmp.AllowUnexported(postings{}, posting{})
	if diff := cmp.Diff(inserted.terms, loaded, opts); diff != "" {
		t.Error(diff)
	}
}
