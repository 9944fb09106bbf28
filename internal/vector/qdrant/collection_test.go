package qdrant

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/qdrant/go-client/qdrant"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/vector"
	"github.com/lectern-project/lectern/internal/vector/qdrant/qdranttest"
)

var testSpace = book.Space{Provider: "test", Model: "m", Dimensions: 4, PrefixVersion: 1}

func testPoint() vector.Point {
	return vector.Point{
		ID: book.NewVectorID(), DocID: "intro", ChunkID: uuid.New(), Scope: book.ScopePublic,
		Dense:  []float32{0.5, 0.5, 0.5, 0.5},
		Sparse: book.SparseVector{Indices: []uint32{1, 7}, Values: []float32{1, 2}},
	}
}

func testPoints(n int) []vector.Point {
	points := make([]vector.Point, n)
	for i := range points {
		points[i] = testPoint()
	}
	return points
}

// opened returns an index of a fresh server, with the collection of testSpace.
func opened(t testing.TB) (*Index, *qdranttest.Server) {
	t.Helper()
	server := qdranttest.Start(t, qdranttest.Options{})
	x := openAt(t, server.Address(), "")
	t.Cleanup(func() { x.Close() })
	if err := x.Ensure(t.Context(), testSpace); err != nil {
		t.Fatal(err)
	}
	return x, server
}

func TestEnsureMakes(t *testing.T) {
	x, _ := opened(t)
	info, err := x.client.GetCollectionInfo(t.Context(), "test__"+testSpace.ID())
	if err != nil {
		t.Fatal(err)
	}
	params := info.GetConfig().GetParams()
	dense := params.GetVectorsConfig().GetParamsMap().GetMap()["dense"]
	scalar := dense.GetQuantizationConfig().GetScalar()
	//nolint:staticcheck // the fields that servers before 1.19 know
	if dense.GetSize() != 4 || dense.GetDistance() != qdrant.Distance_Cosine ||
		!dense.GetOnDisk() || scalar.GetType() != qdrant.QuantizationType_Int8 ||
		!scalar.GetAlwaysRam() {
		t.Errorf("dense: %v", dense)
	}
	sparse := params.GetSparseVectorsConfig().GetMap()["bm25"]
	if sparse.GetModifier() != qdrant.Modifier_Idf {
		t.Errorf("sparse: %v", sparse)
	}
	got := map[string]bool{}
	for key, index := range info.GetPayloadSchema() {
		got[key] = index.GetParams().GetKeywordIndexParams().GetIsTenant()
	}
	if diff := cmp.Diff(map[string]bool{"doc_id": false, "scope": true}, got); diff != "" {
		t.Errorf("payload indexes, and whether they are of tenants: %s", diff)
	}
}

func TestEnsureRefusesForeignCollections(t *testing.T) {
	cosine := &qdrant.VectorParams{Size: 4, Distance: qdrant.Distance_Cosine}
	idf := &qdrant.SparseVectorParams{Modifier: new(qdrant.Modifier_Idf)}
	type (
		dense  = map[string]*qdrant.VectorParams
		sparse = map[string]*qdrant.SparseVectorParams
	)
	for name, c := range map[string]struct {
		dense  dense
		sparse sparse
	}{
		"dimension": {
			dense{"dense": {Size: 5, Distance: qdrant.Distance_Cosine}}, sparse{"bm25": idf},
		},
		"distance": {
			dense{"dense": {Size: 4, Distance: qdrant.Distance_Dot}}, sparse{"bm25": idf},
		},
		"no dense vector":  {dense{"other": cosine}, sparse{"bm25": idf}},
		"no sparse vector": {dense{"dense": cosine}, nil},
		"no modifier":      {dense{"dense": cosine}, sparse{"bm25": {}}},
	} {
		t.Run(name, func(t *testing.T) {
			server := qdranttest.Start(t, qdranttest.Options{AnyDistance: true})
			x := openAt(t, server.Address(), "")
			defer x.Close()
			err := x.client.CreateCollection(t.Context(), &qdrant.CreateCollection{
				CollectionName:      x.collection(testSpace.ID()),
				VectorsConfig:       qdrant.NewVectorsConfigMap(c.dense),
				SparseVectorsConfig: qdrant.NewSparseVectorsConfig(c.sparse),
			})
			if err != nil {
				t.Fatal(err)
			}
			before := server.Writes()
			if err := x.Ensure(t.Context(), testSpace); book.CodeOf(err) != book.Conflict {
				t.Errorf("Ensure: %v, want conflict", err)
			}
			if server.Writes() != before {
				t.Error("the collection was changed")
			}
			// A process that never called Ensure finds out too.
			err = x.Upsert(t.Context(), testSpace.ID(), testPoints(1))
			if want := book.Conflict; name != "dimension" && book.CodeOf(err) != want {
				t.Errorf("Upsert: %v, want %s", err, want)
			}
		})
	}
}

// TestEnsureCompletes: an earlier one stopped between the collection and its indexes.
func TestEnsureCompletes(t *testing.T) {
	server := qdranttest.Start(t, qdranttest.Options{})
	x := openAt(t, server.Address(), "")
	defer x.Close()
	server.Inject("Points/CreateFieldIndex", qdranttest.DiskFull)
	if err := x.Ensure(t.Context(), testSpace); book.CodeOf(err) != book.Unavailable {
		t.Fatalf("%v, want unavailable", err)
	}
	if err := x.Ensure(t.Context(), testSpace); err != nil {
		t.Fatal(err)
	}
	_, err := x.Search(t.Context(), testSpace.ID(), vector.Query{
		Dense: testPoint().Dense, Scopes: []book.Scope{"public"}, DocIDs: []string{"a"}, Limit: 1,
	})
	if err != nil {
		t.Errorf("a filter without its index is refused: %v", err)
	}
}

func TestPointAlias(t *testing.T) {
	x, server := opened(t)
	other := testSpace
	other.PrefixVersion++
	if err := x.PointAlias(t.Context(), other.ID()); book.CodeOf(err) != book.NotFound {
		t.Errorf("no such collection: %v, want not_found", err)
	}
	if err := x.Ensure(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	for _, space := range []book.Space{testSpace, other, other} {
		before := server.Calls("Collections/UpdateAliases")
		if err := x.PointAlias(t.Context(), space.ID()); err != nil {
			t.Fatal(err)
		}
		aliases, err := x.client.ListAliases(t.Context())
		if err != nil || len(aliases) != 1 || aliases[0].GetAliasName() != "test" ||
			aliases[0].GetCollectionName() != "test__"+space.ID() {
			t.Errorf("aliases %v, %v", aliases, err)
		}
		if n := server.Calls("Collections/UpdateAliases") - before; n != 1 {
			t.Errorf("%d requests, want 1", n)
		}
	}
}

// TestPayload reads every point back: nothing but the three keys may be there.
func TestPayload(t *testing.T) {
	x, _ := opened(t)
	points := testPoints(300)
	points[1].Dense, points[2].Sparse = nil, book.SparseVector{}
	if err := x.Upsert(t.Context(), testSpace.ID(), points); err != nil {
		t.Fatal(err)
	}
	got, err := x.client.Scroll(t.Context(), &qdrant.ScrollPoints{
		CollectionName: x.collection(testSpace.ID()), Limit: new(uint32(1000)),
		WithPayload: qdrant.NewWithPayload(true),
	})
	if err != nil || len(got) != len(points) {
		t.Fatalf("%d points, %v", len(got), err)
	}
	for _, p := range got {
		for key := range p.GetPayload() {
			switch key {
			case "doc_id", "chunk_id", "scope":
			default:
				t.Errorf("point %s has %q in its payload", p.GetId().GetUuid(), key)
			}
		}
		if len(p.GetPayload()) != 3 {
			t.Errorf("payload %v", p.GetPayload())
		}
	}
}
