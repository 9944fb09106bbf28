package qdrant

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/qdrant/go-client/qdrant"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/vector/qdrant/qdranttest"
)

// TestForeignCollection: what another database refers to is refused with a remedy, and left alone.
func TestForeignCollection(t *testing.T) {
	x, server := opened(t)
	if err := x.Upsert(t.Context(), testSpace.ID(), testPoints(3)); err != nil {
		t.Fatal(err)
	}
	if err := x.PointAlias(t.Context(), testSpace.ID()); err != nil {
		t.Fatal(err)
	}
	other := openFor(t, server.Address(), "", uuid.New())
	defer other.Close()
	ownSpace := testSpace
	ownSpace.PrefixVersion++
	before := server.Writes()
	for name, err := range map[string]error{
		"Ensure": other.Ensure(t.Context(), testSpace),
		"Drop":   other.Drop(t.Context(), testSpace.ID()),
		"Upsert": other.Upsert(t.Context(), testSpace.ID(), testPoints(1)),
		"Delete": other.Delete(t.Context(), testSpace.ID(), []uuid.UUID{testPoint().ID}),
		// The name is the other's, whatever space this one has.
		"Ensure of another space": other.Ensure(t.Context(), ownSpace),
		"PointAlias":              other.PointAlias(t.Context(), testSpace.ID()),
	} {
		if book.CodeOf(err) != book.Conflict ||
			!strings.Contains(book.MessageOf(err), "--collection") {
			t.Errorf("%s: %v, want a conflict that names the remedy", name, err)
		}
	}
	if server.Writes() != before {
		t.Error("something was changed")
	}
	if ids, err := other.Collections(t.Context()); err != nil || len(ids) > 0 {
		t.Errorf("the other's collections are %v, %v", ids, err)
	}
	if n, err := x.Count(t.Context(), testSpace.ID()); err != nil || n != 3 {
		t.Errorf("%d points, %v", n, err)
	}
}

// TestStrangersCollection: a collection of the alias's name that somebody else made is said to be in
// the way, and left alone.
func TestStrangersCollection(t *testing.T) {
	x, server := opened(t)
	stranger := openFor(t, server.Address(), "", uuid.Nil)
	defer stranger.Close()
	_, err := stranger.client.GetCollectionsClient().Create(t.Context(), &qdrant.CreateCollection{
		CollectionName: x.alias,
		VectorsConfig: qdrant.NewVectorsConfigMap(map[string]*qdrant.VectorParams{
			"image": {Size: 4, Distance: qdrant.Distance_Cosine},
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Ensure(t.Context(), testSpace); err != nil {
		t.Fatal(err)
	}
	err = x.PointAlias(t.Context(), testSpace.ID())
	if message := book.MessageOf(err); book.CodeOf(err) != book.Conflict ||
		!strings.Contains(message, "--collection") || !strings.Contains(message, x.alias) {
		t.Errorf("%v", err)
	}
}

// TestAdoption: a collection that says of no database whose it is becomes that of the first that
// asks, also when two ask at once. Until then nobody counts it among theirs.
func TestAdoption(t *testing.T) {
	server := qdranttest.Start(t, qdranttest.Options{})
	old := openFor(t, server.Address(), "", uuid.Nil)
	defer old.Close()
	if err := old.Ensure(t.Context(), testSpace); err != nil {
		t.Fatal(err)
	}
	x, other := openAt(t, server.Address(), ""), openFor(t, server.Address(), "", uuid.New())
	defer x.Close()
	defer other.Close()
	if ids, err := x.Collections(t.Context()); err != nil || len(ids) > 0 {
		t.Errorf("not adopted yet, it is among %v, %v", ids, err)
	}
	if err := x.Upsert(t.Context(), testSpace.ID(), testPoints(2)); err != nil {
		t.Errorf("not adopted yet, it takes no points: %v", err)
	}
	for range 2 {
		if err := x.Ensure(t.Context(), testSpace); err != nil {
			t.Fatal(err)
		}
	}
	if n := server.Calls("Collections/Update"); n != 1 {
		t.Errorf("adopted %d times", n)
	}
	if ids, err := x.Collections(t.Context()); cmp.Diff([]string{testSpace.ID()}, ids) != "" {
		t.Errorf("adopted, it is among %v, %v", ids, err)
	}
	if err := other.Ensure(t.Context(), testSpace); book.CodeOf(err) != book.Conflict {
		t.Errorf("the second: %v, want a conflict", err)
	}
	// A collection that is there goes on as it is for those who ask no one.
	if err := old.Ensure(t.Context(), testSpace); err != nil {
		t.Error(err)
	}
}

// TestAdoptionByAnother: between the look and the adoption another database was faster.
func TestAdoptionByAnother(t *testing.T) {
	server := qdranttest.Start(t, qdranttest.Options{})
	old := openFor(t, server.Address(), "", uuid.Nil)
	defer old.Close()
	if err := old.Ensure(t.Context(), testSpace); err != nil {
		t.Fatal(err)
	}
	other := openFor(t, server.Address(), "", uuid.New())
	defer other.Close()
	x := openAt(t, server.Address(), "")
	defer x.Close()
	if err := x.adopt(t.Context(), testSpace.ID()); err != nil {
		t.Fatal(err)
	}
	if err := other.adopt(t.Context(), testSpace.ID()); err != nil {
		t.Fatal(err) // it came last, and has it
	}
	if err := x.Ensure(t.Context(), testSpace); book.CodeOf(err) != book.Conflict {
		t.Errorf("%v, want a conflict", err)
	}
}

// TestOtherAliases: collections of an alias that begins like ours, and of others, are not ours.
func TestOtherAliases(t *testing.T) {
	x, _ := opened(t)
	for _, name := range []string{"test__x__" + testSpace.ID(), "tests__" + testSpace.ID(), "test"} {
		err := x.client.CreateCollection(t.Context(), &qdrant.CreateCollection{
			CollectionName: name, Metadata: x.metadata(),
			VectorsConfig: qdrant.NewVectorsConfigMap(map[string]*qdrant.VectorParams{
				"dense": {Size: 4, Distance: qdrant.Distance_Cosine},
			}),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	ids, err := x.Collections(t.Context())
	if diff := cmp.Diff([]string{testSpace.ID()}, ids); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}
