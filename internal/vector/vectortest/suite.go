// Package vectortest is the conformance suite of vector.Index.
package vectortest

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/vector"
)

// Open opens the index at one place. Opened again after Close, it holds what was acknowledged.
type Open func(t testing.TB) vector.Index

// Trait is something that implementations may differ in.
type Trait int

// IDFCountsDeleted says that removed points stay in N and df for a while, and that points written
// again may count twice, as in Qdrant until a segment is rebuilt. Scores of the sparse leg are then
// not compared after a Delete or a repeated Upsert.
const IDFCountsDeleted Trait = 1

// Run checks every sentence of the contract. newPlace makes a place for one test; places may share
// an index, as each test uses collections of its own.
func Run(t *testing.T, newPlace func(t testing.TB) Open, traits ...Trait) {
	for _, c := range []struct {
		name  string
		check func(s *suite, t *testing.T)
	}{
		{"Ensure", (*suite).ensure},
		{"Drop", (*suite).drop},
		{"Collections", (*suite).collections},
		{"UnknownCollection", (*suite).unknownCollection},
		{"Upsert", (*suite).upsert},
		{"UpsertAgain", (*suite).upsertAgain},
		{"UpsertRefuses", (*suite).upsertRefuses},
		{"Delete", (*suite).delete},
		{"Reopen", (*suite).reopen},
		{"FetchLength", (*suite).fetchLength},
		{"FetchPart", (*suite).fetchPart},
		{"Scan", (*suite).scan},
		{"SearchExact", (*suite).searchExact},
		{"SearchAfterDelete", (*suite).searchAfterDelete},
		{"SearchFilter", (*suite).searchFilter},
		{"SearchMissingLeg", (*suite).searchMissingLeg},
		{"SearchPositive", (*suite).searchPositive},
		{"SearchTies", (*suite).searchTies},
		{"SearchIDF", (*suite).searchIDF},
		{"SearchRefuses", (*suite).searchRefuses},
		{"Spaces", (*suite).spaces},
		{"EndedContext", (*suite).endedContext},
		{"Concurrency", (*suite).concurrency},
		{"Ping", (*suite).ping},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &suite{open: newPlace(t), random: rand.New(rand.NewPCG(1, 2))}
			s.countsDeleted = slices.Contains(traits, IDFCountsDeleted)
			s.space = newSpace()
			s.index = s.open(t)
			t.Cleanup(func() { s.end(t) })
			if err := s.index.Ensure(t.Context(), s.space); err != nil {
				t.Fatal(err)
			}
			c.check(s, t)
		})
	}
}

// suite is one test: an index, a collection of its own and what belongs in it.
type suite struct {
	open          Open
	countsDeleted bool
	index         vector.Index
	space         book.Space
	random        *rand.Rand
	points        []vector.Point
}

const dims = 8

var spaces atomic.Int64

// newSpace returns a space that no other test uses, also not in an index that is kept between
// runs.
func newSpace() book.Space {
	return book.Space{
		Provider: "vectortest", Model: uuid.NewString(), Dimensions: dims,
		PrefixVersion: 1, LexicalVersion: int(spaces.Add(1)),
	}
}

func (s *suite) id() string { return s.space.ID() }

// end drops the collection and closes the index.
func (s *suite) end(t *testing.T) {
	ctx := context.WithoutCancel(t.Context()) // it has ended when a test is cleaned up
	if err := s.index.Drop(ctx, s.id()); err != nil {
		t.Errorf("Drop: %v", err)
	}
	if err := s.index.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// again closes the index and opens it anew.
func (s *suite) again(t *testing.T) {
	t.Helper()
	if err := s.index.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	s.index = s.open(t)
}

// add makes n random points and writes them.
func (s *suite) add(t *testing.T, n int) []vector.Point {
	t.Helper()
	points := make([]vector.Point, n)
	for i := range points {
		points[i] = s.randomPoint()
	}
	s.put(t, points...)
	return points
}

func (s *suite) put(t *testing.T, points ...vector.Point) {
	t.Helper()
	if err := s.index.Upsert(t.Context(), s.id(), points); err != nil {
		t.Fatalf("Upsert: %v", err)
	}
	s.points = append(s.points, points...)
}

// remove deletes points and forgets them.
func (s *suite) remove(t *testing.T, points ...vector.Point) {
	t.Helper()
	gone := idsOf(points)
	if err := s.index.Delete(t.Context(), s.id(), gone); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	s.points = slices.DeleteFunc(s.points, func(p vector.Point) bool {
		return slices.Contains(gone, p.ID)
	})
}

// checkHolds compares everything that can be read back with what belongs in the collection.
func (s *suite) checkHolds(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	n, err := s.index.Count(ctx, s.id())
	if err != nil || n != len(s.points) {
		t.Errorf("Count is %d, %v; want %d", n, err, len(s.points))
	}
	slices.SortFunc(s.points, func(a, b vector.Point) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	refs, err := s.index.Scan(ctx, s.id(), uuid.Nil, len(s.points)+1)
	if err != nil {
		t.Errorf("Scan: %v", err)
	}
	if diff := cmp.Diff(refsOf(s.points), refs, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("Scan: %s", diff)
	}
	got, err := s.index.Fetch(ctx, s.id(), idsOf(s.points))
	if err != nil {
		t.Errorf("Fetch: %v", err)
	}
	slices.SortFunc(got, func(a, b vector.Point) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	if diff := cmp.Diff(s.points, got, nearly); diff != "" {
		t.Errorf("Fetch: %s", diff)
	}
}

// nearly compares points and hits: vectors may be rounded where they are stored.
var nearly = cmp.Options{cmpopts.EquateApprox(0, 1e-4), cmpopts.EquateEmpty()}

func idsOf(points []vector.Point) []uuid.UUID {
	ids := make([]uuid.UUID, len(points))
	for i, p := range points {
		ids[i] = p.ID
	}
	return ids
}

func refsOf(points []vector.Point) []vector.Ref {
	refs := make([]vector.Ref, len(points))
	for i, p := range points {
		refs[i] = vector.Ref{
			ID: p.ID, DocID: p.DocID, ChunkID: p.ChunkID, Scope: p.Scope, Dimensions: len(p.Dense),
		}
	}
	return refs
}

// Scopes and documents of random points.
var (
	scopeA = book.ScopeOf(book.Private, uuid.MustParse("0190a000-0000-7000-8000-00000000000a"))
	scopeB = book.ScopeOf(book.Private, uuid.MustParse("0190a000-0000-7000-8000-00000000000b"))
	scopes = []book.Scope{book.ScopePublic, scopeA, scopeB}
	docIDs = []string{"intro", "module1/arms", "module1/legs", "\u4ed8\u9332/\u00e9tude \u0001F916"}
)

// randomPoint returns a point of random vectors; one in ten has none of a kind.
func (s *suite) randomPoint() vector.Point {
	p := vector.Point{
		ID:      book.NewVectorID(),
		DocID:   docIDs[s.random.IntN(len(docIDs))],
		ChunkID: uuid.New(),
		Scope:   scopes[s.random.IntN(len(scopes))],
	}
	if s.random.IntN(10) > 0 {
		p.Dense = s.randomDense()
	}
	if s.random.IntN(10) > 0 {
		p.Sparse = s.randomSparse()
	}
	return p
}

func (s *suite) randomDense() []float32 {
	v := make([]float32, dims)
	for i := range v {
		v[i] = float32(s.random.NormFloat64())
	}
	return unit(v)
}

// randomSparse returns up to six of forty indices, spread over the whole range of them.
func (s *suite) randomSparse() book.SparseVector {
	var v book.SparseVector
	for range 1 + s.random.IntN(6) {
		v.Indices = append(v.Indices, uint32(s.random.IntN(40))*110127366) // 39 * it < 1<<32
	}
	slices.Sort(v.Indices)
	v.Indices = slices.Compact(v.Indices)
	for range v.Indices {
		v.Values = append(v.Values, 0.1+2*s.random.Float32())
	}
	return v
}

func (s *suite) randomQuery(limit int) vector.Query {
	return vector.Query{
		Dense: s.randomDense(), Sparse: s.randomSparse(), Scopes: scopes, Limit: limit,
	}
}

func describe(q vector.Query) string {
	return fmt.Sprintf("limit %d, scopes %v, documents %q", q.Limit, q.Scopes, q.DocIDs)
}
