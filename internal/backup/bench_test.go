package backup

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/embed"
	"github.com/lectern-project/lectern/internal/embed/embedtest"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/sqlite"
	"github.com/lectern-project/lectern/internal/vector"
)

// forgetful is an index that keeps nothing, and has a vector for every id: what is measured is the
// memory of everything else.
type forgetful struct {
	vector.Index
	dense []float32
}

func (forgetful) Upsert(context.Context, string, []vector.Point) error { return nil }

func (x forgetful) Fetch(
	_ context.Context, _ string, ids []uuid.UUID,
) ([]vector.Point, error) {
	points := make([]vector.Point, len(ids))
	for i, id := range ids {
		points[i] = vector.Point{ID: id, Dense: x.dense, Sparse: book.SparseVector{
			Indices: []uint32{1, 2, 3}, Values: []float32{1, 2, 3},
		}}
	}
	return points, nil
}

// many is a store of n documents that are made when they are read.
type many struct {
	n     int64
	space book.Space
	owner book.User
}

func (m many) Snapshot(_ context.Context, f func(store.Snapshot) error) error { return f(m) }

func (m many) ActiveSpace(context.Context) (store.ActiveSpace, error) {
	return store.ActiveSpace{Space: m.space}, nil
}

func (m many) Counts(context.Context, string) (store.Counts, error) {
	return store.Counts{Documents: int(m.n)}, nil
}

func (m many) ListUsers(_ context.Context, after string, _ int) ([]book.User, error) {
	if after != "" {
		return nil, nil
	}
	return []book.User{m.owner}, nil
}

func (many) ListKeys(context.Context, uuid.UUID, uuid.UUID, int) ([]book.APIKey, error) {
	return nil, nil
}

func (many) NextConversation(context.Context, uuid.UUID) (store.WholeConversation, error) {
	return store.WholeConversation{}, book.Errorf(book.NotFound, "there is none")
}

func (m many) NextDocument(
	_ context.Context, after int64, _ string,
) (store.WholeDocument, error) {
	if after == m.n {
		return store.WholeDocument{}, book.Errorf(book.NotFound, "the end")
	}
	id := fmt.Sprintf("page/%d", after)
	d := store.WholeDocument{Text: page(id, 4), Fingerprint: id, Document: book.Document{
		DocID: id, Title: id, Chapter: id, Source: "many", OwnerID: m.owner.ID,
		Visibility: book.Public, Revision: after + 1, CreatedAt: m.owner.CreatedAt,
		UpdatedAt: m.owner.CreatedAt,
	}}
	quarter := len([]rune(d.Text)) / 4
	for i, chunkID := range book.ChunkIDs(id, []string{"a", "b", "c", "d"}) {
		c := book.Chunk{
			ChunkID: chunkID, Index: i, CharStart: i * quarter, CharEnd: (i + 1) * quarter,
			HeadingPath: []string{id},
		}
		c.Text = string([]rune(d.Text)[c.CharStart:c.CharEnd])
		d.Chunks = append(d.Chunks, store.PlacedChunk{Chunk: c, VectorID: uuid.New()})
	}
	return d, nil
}

// heap watches how much the live heap grows over what it was at first.
type heap struct{ base, peak uint64 }

func (h *heap) look() {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	if h.base == 0 {
		h.base = m.HeapAlloc
	}
	h.peak = max(h.peak, m.HeapAlloc)
}

// every looks now and then.
func (h *heap) every(n int) Progress {
	return func(done, _ int) {
		if done%n == 0 {
			h.look()
		}
	}
}

// BenchmarkMemory restores a book of small documents, four chunks each, into SQLite and backs it up
// again: the live heap must not grow with the book.
func BenchmarkMemory(b *testing.B) {
	for _, n := range []int64{3000, 10_000} {
		b.Run(fmt.Sprintf("documents=%d", n), func(b *testing.B) {
			for b.Loop() {
				measure(b, n)
			}
		})
	}
}

func measure(b *testing.B, n int64) {
	b.Helper()
	ctx, embedder := b.Context(), embedtest.NewFake(256)
	s, err := sqlite.Open(ctx, filepath.Join(b.TempDir(), "lectern.db"))
	ok(b, err)
	defer s.Close()
	space, err := s.EnsureSpace(ctx, embedder.Space())
	ok(b, err)
	owner := book.User{
		ID: uuid.New(), Username: "ann", Role: book.Editor,
		CreatedAt: time.Unix(1, 0), UpdatedAt: time.Unix(1, 0),
	}
	dense, err := embedder.EmbedQuery(ctx, "a few words")
	ok(b, err)
	index := forgetful{dense: dense}
	path := filepath.Join(b.TempDir(), "archive")
	made := func() (io.ReadCloser, error) {
		return streamOf(ctx, many{n: n, space: space, owner: owner}, index), nil
	}
	_, _, err = Save(ctx, path, made, noProgress)
	ok(b, err)

	var restoring, saving heap
	restoring.look()
	start := time.Now()
	target := Target{Store: s, Ingest: ingest.New(s, index, embed.NewSet(embedder))}
	_, err = Restore(ctx, path, target, restoring.every(500))
	ok(b, err)
	b.ReportMetric(float64(n)/time.Since(start).Seconds(), "restored/s")
	b.ReportMetric(float64(restoring.peak-restoring.base)/1e6, "restore-MB")

	saving.look()
	start = time.Now()
	stored := func() (io.ReadCloser, error) { return streamOf(ctx, s, index), nil }
	summary, _, err := Save(ctx, path, stored, saving.every(500))
	ok(b, err)
	if summary.Documents != int(n) {
		b.Fatalf("%+v", summary)
	}
	b.ReportMetric(float64(n)/time.Since(start).Seconds(), "saved/s")
	b.ReportMetric(float64(saving.peak-saving.base)/1e6, "save-MB")
	info, err := os.Stat(path)
	ok(b, err)
	b.ReportMetric(float64(info.Size())/1e6, "archive-MB")
}

func ok(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// streamOf is an archive as it is written.
func streamOf(ctx context.Context, s store.Snapshots, index vector.Index) io.ReadCloser {
	r, w := io.Pipe()
	go func() { _ = w.CloseWithError(Write(ctx, s, index, w)) }()
	return r
}
