package exact

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/vector"
)

var testSpace = book.Space{Provider: "test", Model: "m", Dimensions: 4}

func testPoint(doc string) vector.Point {
	return vector.Point{
		ID: book.NewVectorID(), DocID: doc, ChunkID: uuid.New(), Scope: book.ScopePublic,
		Dense:  vector.Unit([]float32{rand.Float32() + 0.1, rand.Float32(), 0, -rand.Float32()}),
		Sparse: book.SparseVector{Indices: []uint32{1, 1 << 31}, Values: []float32{1, 2}},
	}
}

// filled returns the path of a closed index with n points.
func filled(t testing.TB, n int) (path string, points []vector.Point) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "vectors.db")
	x := openAt(t, path)
	defer x.Close()
	if err := x.Ensure(t.Context(), testSpace); err != nil {
		t.Fatal(err)
	}
	for range n {
		points = append(points, testPoint("page"))
	}
	if err := x.Upsert(t.Context(), testSpace.ID(), points); err != nil {
		t.Fatal(err)
	}
	return path, points
}

// edit changes a closed file behind the index's back.
func edit(t testing.TB, path string, f func(tx *bbolt.Tx) error) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Update(f); err != nil {
		t.Fatal(err)
	}
}

func checkOpenFails(t *testing.T, path string, want book.Code) {
	t.Helper()
	x, err := Open(path)
	if err == nil {
		x.Close()
	}
	if book.CodeOf(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if known := new(book.Error); err != nil && !errors.As(err, &known) {
		t.Errorf("%v has no message for the user", err)
	}
}

func TestOpenTwice(t *testing.T) {
	path, points := filled(t, 3)
	x := openAt(t, path)
	checkOpenFails(t, path, book.Conflict)
	if n, err := x.Count(t.Context(), testSpace.ID()); n != len(points) || err != nil {
		t.Errorf("the first one has %d points, %v", n, err)
	}
	x.Close()
	openAt(t, path).Close()
}

func TestOpenForeignFiles(t *testing.T) {
	folder := t.TempDir()
	put := func(name string, content []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	random := make([]byte, 100_000)
	for i := range random {
		random[i] = byte(rand.Uint32())
	}
	checkOpenFails(t, put("text", []byte("not a database, but some text")), book.Internal)
	checkOpenFails(t, put("random", random), book.Internal)
	checkOpenFails(t, put("zeros", make([]byte, 100_000)), book.Internal)
	checkOpenFails(t, folder, book.Unavailable)
	checkOpenFails(t, filepath.Join(folder, "absent", "vectors.db"), book.Unavailable)

	other := filepath.Join(folder, "other")
	edit(t, other, func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket([]byte("somebody else's"))
		return err
	})
	checkOpenFails(t, other, book.Conflict)
	openAt(t, put("empty", nil)).Close()
}

func TestOpenNewerFormat(t *testing.T) {
	path, _ := filled(t, 1)
	edit(t, path, func(tx *bbolt.Tx) error {
		return tx.Bucket(headBucket).Put(formatKey, binary.AppendUvarint(nil, format+1))
	})
	checkOpenFails(t, path, book.Conflict)
}

func TestOpenIncompleteCollection(t *testing.T) {
	path, _ := filled(t, 1)
	edit(t, path, func(tx *bbolt.Tx) error {
		_, err := tx.Bucket(collectionsBucket).CreateBucket([]byte("half"))
		return err
	})
	checkOpenFails(t, path, book.Internal)
}

// A file cut short must not crash the process, wherever it ends.
func TestOpenCutShort(t *testing.T) {
	path, _ := filled(t, 3000)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{1, 100, 4096, 8192, 10_000, 16_384, len(whole) / 2} {
		path := filepath.Join(t.TempDir(), "short.db")
		if err := os.WriteFile(path, whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		checkOpenFails(t, path, book.Internal)
	}
}

// Pages overwritten with noise give an error or an index with fewer points, never a crash.
func TestOpenDamagedPages(t *testing.T) {
	path, points := filled(t, 500)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 1))
	failed, opened := 0, 0
	for range 150 {
		data := append([]byte(nil), whole...)
		at := 8192 + random.IntN(len(data)-8192-64)
		for i := range 64 {
			data[at+i] = byte(random.Uint32())
		}
		path := filepath.Join(t.TempDir(), "damaged.db")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		x, err := Open(path)
		if err != nil {
			failed++
			if book.CodeOf(err) != book.Internal {
				t.Errorf("got %v, want internal", err)
			}
			continue
		}
		opened++
		if n, err := x.Count(t.Context(), testSpace.ID()); err != nil || n > len(points) {
			t.Errorf("%d points of %d, %v", n, len(points), err)
		}
		// Whatever these answer, they do not crash.
		_, _ = x.Fetch(t.Context(), testSpace.ID(), idsOf(points))
		_ = x.Upsert(t.Context(), testSpace.ID(), []vector.Point{testPoint("new")})
		_ = x.Delete(t.Context(), testSpace.ID(), idsOf(points))
		x.Close()
	}
	t.Logf("%d refused, %d opened", failed, opened)
}

// A page may say that a record is longer than the whole file.
func TestOpenRecordBeyondTheFile(t *testing.T) {
	path, points := filled(t, 500)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page, spoilt := os.Getpagesize(), 0
	for at := 0; at < len(data); at += page {
		// bbolt: a page is id u64, flags u16 (2: leaf), count u16, overflow u32, then for each
		// entry flags, position, length of the key and of the value, u32 each.
		if leaf := data[at+8] == 2; leaf && binary.LittleEndian.Uint16(data[at+10:]) > 10 {
			binary.LittleEndian.PutUint32(data[at+16+12:], 1<<30)
			spoilt++
		}
	}
	if spoilt == 0 {
		t.Fatal("no page of points in the file")
	}
	path = filepath.Join(t.TempDir(), "damaged.db")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	x := openAt(t, path)
	defer x.Close()
	n, err := x.Count(t.Context(), testSpace.ID())
	if err != nil || n != len(points)-spoilt {
		t.Errorf("%d points, %v; want %d", n, err, len(points)-spoilt)
	}
	if got, err := x.Fetch(t.Context(), testSpace.ID(), idsOf(points)); err == nil {
		t.Errorf("Fetch read %d points from a damaged page", len(got))
	}
}

// A record that rotted is missing, and nothing else is; it can be deleted.
func TestDamagedRecord(t *testing.T) {
	ctx, id := t.Context(), testSpace.ID()
	path, points := filled(t, 5)
	rotten := points[2].ID
	edit(t, path, func(tx *bbolt.Tx) error {
		bucket := pointsOf(tx, id)
		value := append([]byte(nil), bucket.Get(rotten[:])...)
		value[len(value)-3] ^= 1
		if err := bucket.Put([]byte("not an id"), value); err != nil {
			return err
		}
		return bucket.Put(rotten[:], value)
	})
	x := openAt(t, path)
	defer x.Close()
	refs, err := x.Scan(ctx, id, uuid.Nil, 10)
	if err != nil || len(refs) != 4 {
		t.Errorf("Scan: %d refs, %v; want 4", len(refs), err)
	}
	got, err := x.Fetch(ctx, id, []uuid.UUID{points[1].ID, rotten})
	if err != nil || len(got) != 1 || got[0].ID != points[1].ID {
		t.Errorf("Fetch: %v, %v", got, err)
	}
	hits, err := x.Search(ctx, id, vector.Query{
		Dense: points[2].Dense, Sparse: points[2].Sparse,
		Scopes: []book.Scope{book.ScopePublic}, Limit: 10,
	})
	if err != nil || len(hits.Dense) != 4 || len(hits.Sparse) != 4 {
		t.Errorf("Search: %v, %v", hits, err)
	}
	if err := x.Delete(ctx, id, []uuid.UUID{rotten}); err != nil {
		t.Error(err)
	}
	err = x.db.View(func(tx *bbolt.Tx) error {
		if pointsOf(tx, id).Get(rotten[:]) != nil {
			t.Error("the damaged record was not deleted")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// A record that cannot be read any more when its point is deleted still leaves the counts right.
func TestDeleteRottenRecord(t *testing.T) {
	ctx, id := t.Context(), testSpace.ID()
	path, points := filled(t, 5)
	x := openAt(t, path)
	defer x.Close()
	err := x.db.Update(func(tx *bbolt.Tx) error {
		return pointsOf(tx, id).Put(points[0].ID[:], []byte("rotten"))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Delete(ctx, id, []uuid.UUID{points[0].ID}); err != nil {
		t.Fatal(err)
	}
	if p := x.collections[id].terms[1]; p.live != 4 || len(p.list) != 4 {
		t.Errorf("df is %d of %d, want 4", p.live, len(p.list))
	}
}

func TestOpenWithoutPermission(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may do anything")
	}
	path, _ := filled(t, 1)
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	checkOpenFails(t, path, book.Unavailable)
}

// When the disk is full, the write fails as a whole, and reading goes on; so does writing when
// there is space again.
func TestFull(t *testing.T) {
	ctx, id := t.Context(), testSpace.ID()
	path, points := filled(t, 5)
	x, err := open(path, bbolt.Options{MaxSize: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	many := make([]vector.Point, 20_000)
	for i := range many {
		many[i] = testPoint("more")
	}
	err = x.Upsert(ctx, id, many)
	if book.CodeOf(err) != book.Unavailable || !errors.Is(err, vector.ErrMayLand) {
		t.Errorf("Upsert: %v; want unavailable, and that it may land", err)
	}
	if n, err := x.Count(ctx, id); n != len(points) || err != nil {
		t.Errorf("%d points, %v; want %d", n, err, len(points))
	}
	if err := x.Upsert(ctx, id, many[:10]); err != nil {
		t.Errorf("a small write afterwards: %v", err)
	}
	x.Close()
	x = openAt(t, path)
	defer x.Close()
	if n, err := x.Count(ctx, id); n != len(points)+10 || err != nil {
		t.Errorf("%d points after opening again, %v; want %d", n, err, len(points)+10)
	}
}

func TestEnsureOtherDimensions(t *testing.T) {
	path, points := filled(t, 2)
	edit(t, path, func(tx *bbolt.Tx) error {
		c := tx.Bucket(collectionsBucket).Bucket([]byte(testSpace.ID()))
		return c.Put(dimensionsKey, binary.AppendUvarint(nil, 5))
	})
	x := openAt(t, path)
	defer x.Close()
	if err := x.Ensure(t.Context(), testSpace); book.CodeOf(err) != book.Conflict {
		t.Errorf("got %v, want conflict", err)
	}
	err := x.db.View(func(tx *bbolt.Tx) error {
		if n := pointsOf(tx, testSpace.ID()).Stats().KeyN; n != len(points) {
			t.Errorf("%d points left of %d", n, len(points))
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
