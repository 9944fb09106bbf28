package reconcile

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/embed"
	"github.com/lectern-project/lectern/internal/embed/embedtest"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/store/sqlite"
	"github.com/lectern-project/lectern/internal/vector"
	"github.com/lectern-project/lectern/internal/vector/exact"
)

var owner = uuid.MustParse("aaaaaaaa-0000-4000-8000-000000000001")

type fixture struct {
	*Reconciler
	t     *testing.T
	store *sqlite.Store
	index *exact.Index
	space book.Space
	ahead time.Duration
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	ctx := context.Background()
	f := &fixture{t: t}
	clock := func() time.Time { return time.Now().Add(f.ahead) }
	var err error
	path := filepath.Join(t.TempDir(), "lectern.db")
	if f.store, err = sqlite.Open(ctx, path, sqlite.WithClock(clock)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.store.Close() })
	if f.index, err = exact.Open(filepath.Join(t.TempDir(), "vectors.bolt")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.index.Close() })
	embedder := embedtest.NewFake(16)
	if f.space, err = f.store.EnsureSpace(ctx, embedder.Space()); err != nil {
		t.Fatal(err)
	}
	if err := f.index.Ensure(ctx, f.space); err != nil {
		t.Fatal(err)
	}
	_, err = f.store.CreateUser(ctx, book.User{
		ID: owner, Username: "owner", Email: "owner@example.org", Role: book.Editor,
	})
	if err != nil {
		t.Fatal(err)
	}
	svc := ingest.New(f.store, f.index, embed.NewSet(embedder))
	f.Reconciler = New(f.store, f.index, svc)
	for i := range 6 {
		_, err := svc.Ingest(ctx, ingest.Request{
			OwnerID: owner, DocID: fmt.Sprintf("doc%d", i),
			Text: strings.Repeat(fmt.Sprintf("Sentence about topic%d and robots. ", i), 60),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return f
}

func (f *fixture) audit() Report {
	f.t.Helper()
	report, err := f.Audit(context.Background(), 0)
	if err != nil {
		f.t.Fatal(err)
	}
	return report
}

// references returns some of the vector ids in use.
func (f *fixture) references(n int) []uuid.UUID {
	f.t.Helper()
	found, err := f.store.ListReferences(context.Background(), f.space.ID(), uuid.Nil, n)
	if err != nil || len(found) != n {
		f.t.Fatalf("%d references: %v", len(found), err)
	}
	ids := make([]uuid.UUID, n)
	for i, r := range found {
		ids[i] = r.VectorID
	}
	return ids
}

func (f *fixture) point(doc string) vector.Point {
	return vector.Point{
		ID: book.NewVectorID(), DocID: doc, ChunkID: uuid.New(), Scope: book.ScopePublic,
		Sparse: book.SparseVector{Indices: []uint32{3}, Values: []float32{1}},
	}
}

// mend repairs what an audit found and fails the test unless the stores agree afterwards.
func (f *fixture) mend(found Report) {
	f.t.Helper()
	if _, err := f.Repair(context.Background(), found); err != nil {
		f.t.Fatal(err)
	}
	report := f.audit()
	if !report.Clean() || report.Ledger != 0 || report.Vectors != report.Chunks {
		f.t.Errorf("after the repair: %+v", report)
	}
}

func TestAuditOfStoresThatAgree(t *testing.T) {
	f := newFixture(t)
	report := f.audit()
	if !report.Clean() || report.Documents != 6 || report.Chunks < 6 ||
		report.Vectors != report.Chunks || report.Ledger != 0 {
		t.Errorf("%+v", report)
	}
}

func TestMissingPointsAreFoundAndWrittenAnew(t *testing.T) {
	f := newFixture(t)
	if err := f.index.Delete(context.Background(), f.space.ID(), f.references(3)); err != nil {
		t.Fatal(err)
	}
	report := f.audit()
	if report.Missing != 3 || report.Stray != 0 || report.Mismatched != 0 {
		t.Fatalf("%+v", report)
	}
	f.mend(report)
}

func TestLostCollectionIsWrittenAnew(t *testing.T) {
	f := newFixture(t)
	if err := f.index.Drop(context.Background(), f.space.ID()); err != nil {
		t.Fatal(err)
	}
	report := f.audit()
	if report.Missing != report.Chunks || report.Vectors != 0 {
		t.Fatalf("%+v", report)
	}
	f.mend(report)
}

func TestStrayPointsAreFoundAndDeleted(t *testing.T) {
	f := newFixture(t)
	points := []vector.Point{f.point("doc0"), f.point("nowhere")}
	if err := f.index.Upsert(context.Background(), f.space.ID(), points); err != nil {
		t.Fatal(err)
	}
	report := f.audit()
	if report.Stray != 2 || report.Missing != 0 {
		t.Fatalf("%+v", report)
	}
	f.mend(report)
}

// TestPointsOnTheLedgerAreNotStray: a write that is under way is no finding.
func TestPointsOnTheLedgerAreNotStray(t *testing.T) {
	f := newFixture(t)
	ctx := context.Background()
	p := f.point("doc0")
	if err := f.store.Reserve(ctx, f.space.ID(), []uuid.UUID{p.ID}, time.Minute); err != nil {
		t.Fatal(err)
	}
	if err := f.index.Upsert(ctx, f.space.ID(), []vector.Point{p}); err != nil {
		t.Fatal(err)
	}
	if report := f.audit(); !report.Clean() || report.Ledger != 1 {
		t.Errorf("%+v", report)
	}
}

func TestContradictingPayloadIsReplaced(t *testing.T) {
	f := newFixture(t)
	ctx := context.Background()
	ids := f.references(2)
	points, err := f.index.Fetch(ctx, f.space.ID(), ids)
	if err != nil {
		t.Fatal(err)
	}
	points[0].Scope = book.ScopeOf(book.Private, owner)
	points[1].DocID = "elsewhere"
	if err := f.index.Delete(ctx, f.space.ID(), ids); err != nil {
		t.Fatal(err)
	}
	if err := f.index.Upsert(ctx, f.space.ID(), points); err != nil {
		t.Fatal(err)
	}
	report := f.audit()
	if report.Mismatched != 2 || report.Missing != 0 || report.Stray != 0 {
		t.Fatalf("%+v", report)
	}
	f.mend(report)
}

// TestDrainSettlesAStoppedWriter: ids whose lease has ended are made due, settled, watched for a day
// and settled again.
func TestDrainSettlesAStoppedWriter(t *testing.T) {
	f := newFixture(t)
	ctx := context.Background()
	before := f.audit()
	p := f.point("doc0")
	if err := f.store.Reserve(ctx, f.space.ID(), []uuid.UUID{p.ID}, time.Minute); err != nil {
		t.Fatal(err)
	}
	if err := f.index.Upsert(ctx, f.space.ID(), []vector.Point{p}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	if report := f.audit(); report.Vectors != before.Vectors+1 {
		t.Errorf("a point whose lease has not ended is gone: %+v", report)
	}
	f.ahead = 2 * time.Minute
	if done, err := f.Drain(ctx); err != nil || done.Expired != 1 || done.Settled != 1 {
		t.Errorf("%+v, %v", done, err)
	}
	if report := f.audit(); report.Vectors != before.Vectors || report.Ledger != 1 {
		t.Errorf("after the lease: %+v", report)
	}
	f.ahead = 48 * time.Hour
	if _, err := f.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	if report := f.audit(); report.Ledger != 0 || !report.Clean() {
		t.Errorf("after the watch: %+v", report)
	}
}
