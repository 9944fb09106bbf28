package postgres_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/postgres"
	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
)

// index stands for the vector index: the ids that are in it.
type index struct {
	sync.Mutex
	ids map[uuid.UUID]bool
}

func (x *index) set(id uuid.UUID, there bool) {
	x.Lock()
	defer x.Unlock()
	if there {
		x.ids[id] = true
	} else {
		delete(x.ids, id)
	}
}

func (x *index) some(n int) (ids []uuid.UUID) {
	x.Lock()
	defer x.Unlock()
	for id := range x.ids {
		if len(ids) == n {
			break
		}
		ids = append(ids, id)
	}
	return ids
}

// TestManyWriters lets two stores do everything to a few documents at once, and checks at the end
// that nothing is missing from the index and nothing in it is astray.
func TestManyWriters(t *testing.T) {
	databaseURL := pgtest.Migrated(t)
	stores := []*postgres.Store{open(t, databaseURL), open(t, databaseURL)}
	owner := begin(t, stores[0])
	points := &index{ids: map[uuid.UUID]bool{}}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			random := rand.New(rand.NewPCG(uint64(i), 1))
			w := writer{TB: t, Store: stores[i%2], owner: owner, points: points, random: random}
			for range 60 {
				if err := w.step(); err != nil && !errors.Is(err, store.ErrStale) &&
					book.CodeOf(err) != book.NotFound {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	checkIndex(t, stores[0], points)
	for _, s := range stores {
		s.Close()
	}
}

// writer does one thing after another.
type writer struct {
	testing.TB
	*postgres.Store
	owner  book.User
	points *index
	random *rand.Rand
}

func (w *writer) step() error {
	docID := fmt.Sprintf("d%d", w.random.IntN(3))
	switch n := w.random.IntN(20); {
	case n < 8:
		return w.ingest(docID)
	case n < 11:
		return w.replace()
	case n < 15:
		return w.drain()
	case n < 17:
		visibility := []book.Visibility{book.Public, book.Private}[w.random.IntN(2)]
		_, err := w.UpdateDocument(w.Context(), docID, uuid.Nil,
			store.DocumentChange{Visibility: &visibility})
		return err
	case n < 19:
		space, err := w.ActiveSpace(w.Context())
		if err == nil {
			_, err = w.AddStrays(w.Context(), space.ID(), w.points.some(10))
		}
		return err
	}
	_, err := w.DeleteDocument(w.Context(), docID, uuid.Nil)
	return err
}

func (w *writer) ingest(docID string) error {
	var texts []string
	for i := range 1 + w.random.IntN(6) {
		texts = append(texts, fmt.Sprintf("chunk %d version %d", i, w.random.IntN(3)))
	}
	lease := []time.Duration{time.Minute, time.Millisecond}[w.random.IntN(2)]
	write, err := drafted(w, w.Store, w.owner, docID, lease, texts...)
	if err != nil {
		return err
	}
	for _, c := range write.Chunks {
		w.points.set(c.VectorID, true)
	}
	write.Late = w.random.IntN(4) == 0
	_, err = w.CommitDocument(w.Context(), write)
	return err
}

// replace writes new points for chunks of all documents, in any order.
func (w *writer) replace() error {
	space, err := w.ActiveSpace(w.Context())
	if err != nil {
		return err
	}
	var chunks, ids []uuid.UUID
	for _, id := range w.points.some(8) {
		references, err := w.References(w.Context(), space.ID(), []uuid.UUID{id})
		if err != nil {
			return err
		}
		if r, ok := references[id]; ok {
			chunks = append(chunks, r.ChunkID)
		}
	}
	bases, err := w.PointBases(w.Context(), space.ID(), chunks)
	if err != nil {
		return err
	}
	w.random.Shuffle(len(bases), func(i, j int) { bases[i], bases[j] = bases[j], bases[i] })
	var puts []store.PointPut
	for _, base := range bases {
		id := book.NewVectorID()
		ids = append(ids, id)
		puts = append(puts, store.PointPut{
			ChunkID: base.ChunkID, OldID: base.VectorID, NewID: id, Scope: base.Scope,
		})
	}
	if err := w.Reserve(w.Context(), space.ID(), ids, time.Minute); err != nil {
		return err
	}
	for _, id := range ids {
		w.points.set(id, true)
	}
	_, _, err = w.CommitPoints(w.Context(), space.ID(), puts, w.random.IntN(4) == 0)
	return err
}

func (w *writer) drain() error {
	if _, err := w.ExpireLeases(w.Context(), 5); err != nil {
		return err
	}
	entries, err := w.ListDue(w.Context(), 20)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.Referenced {
			w.points.set(e.VectorID, false)
		}
	}
	_, err = w.Drop(w.Context(), entries)
	return err
}

func checkIndex(t *testing.T, s *postgres.Store, points *index) {
	t.Helper()
	space, err := s.ActiveSpace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	missing, err := s.ListUnembedded(t.Context(), space.ID(), uuid.Nil, 1000)
	if err != nil || len(missing) > 0 {
		t.Errorf("%d chunks without a point, %v", len(missing), err)
	}
	references, err := s.ListReferences(t.Context(), space.ID(), uuid.Nil, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	referred := map[uuid.UUID]bool{}
	for _, r := range references {
		referred[r.VectorID] = true
		if !points.ids[r.VectorID] {
			t.Errorf("%s of %s is not in the index", r.VectorID, r.DocID)
		}
	}
	states, err := s.LedgerStates(t.Context(), points.some(len(points.ids)))
	if err != nil {
		t.Fatal(err)
	}
	for id := range points.ids {
		if _, onLedger := states[id]; !onLedger && !referred[id] {
			t.Errorf("%s is astray", id)
		}
	}
}
