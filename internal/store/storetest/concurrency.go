package storetest

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

const parallel = 8

var concurrencyCases = map[string]func(*fixture){
	"OneWinnerPerRevision": func(f *fixture) {
		for round := range 5 {
			var writes []store.DocumentWrite
			for i := range parallel {
				writes = append(writes, f.draft("d", "kept", fmt.Sprintf("round %d by %d", round, i)))
			}
			errs := f.inParallel(func(i int) error {
				_, err := f.CommitDocument(f.ctx, writes[i])
				return err
			})
			winner := -1
			for i, err := range errs {
				if err == nil && winner >= 0 {
					f.Fatalf("round %d: both %d and %d won", round, winner, i)
				}
				if err == nil {
					winner = i
				} else {
					f.stale(err)
				}
			}
			if winner < 0 {
				f.Fatalf("round %d: nobody won: %v", round, errs[0])
			}
			_, text, err := f.Text(f.ctx, "d", nobody)
			f.ok(err)
			f.equal(text, writes[winner].Text)
			f.equal(f.stats().Writing, 0)
			for id, e := range f.due() {
				if e.Referenced {
					f.Errorf("round %d: %s is due and referred to", round, id)
				}
			}
			f.settle()
		}
		f.equal(len(f.points()), 2)
		f.equal(f.rows(), 0)
	},

	"NoChangeOfAnAccountIsLost": func(f *fixture) {
		for _, err := range f.inParallel(func(int) error {
			_, err := f.UpdateUser(f.ctx, f.ann.ID, func(u *book.User) error {
				u.TokenVersion++
				return nil
			})
			return err
		}) {
			f.ok(err)
		}
		got, err := f.UserByID(f.ctx, f.ann.ID)
		f.ok(err)
		f.equal(got.TokenVersion, parallel)
	},

	"OneAdminIsLeft": func(f *fixture) {
		admins := []book.User{f.ann, f.bob}
		for round := range 10 {
			for _, u := range admins {
				f.change(u, func(u *book.User) {
					u.Role, u.PasswordHash, u.Disabled = book.Admin, "hash", false
				})
			}
			for _, err := range f.inParallel(func(i int) error {
				_, err := f.UpdateUser(f.ctx, admins[i%2].ID, func(u *book.User) error {
					u.Disabled = true
					return nil
				})
				return err
			}) {
				if err != nil {
					f.fails(err, book.Conflict)
				}
			}
			n, err := f.CountAdmins(f.ctx)
			f.ok(err)
			if n != 1 {
				f.Fatalf("round %d: %d administrators are left, want 1", round, n)
			}
		}
	},

	"OneWinnerPerPoint": func(f *fixture) {
		w, _ := f.put("d", "one")
		c := w.Chunks[0]
		var puts []store.PointPut
		for range parallel {
			puts = append(puts, f.putOf(c.ChunkID, c.VectorID))
		}
		made := make([]bool, parallel)
		for _, err := range f.inParallel(func(i int) error {
			m, _, err := f.CommitPoints(f.ctx, f.space, puts[i:i+1], false)
			made[i] = err == nil && m[0]
			return err
		}) {
			f.ok(err)
		}
		won := 0
		for i, m := range made {
			if m {
				won++
				f.equal(f.points()[c.ChunkID], puts[i].NewID)
			}
		}
		f.equal(won, 1)
		f.equal(len(f.due()), parallel)
	},

	"ReservedOnce": func(f *fixture) {
		ids := newIDs(2)
		won := 0
		for _, err := range f.inParallel(func(int) error {
			return f.Reserve(f.ctx, f.space, ids, lease)
		}) {
			if err == nil {
				won++
			} else {
				f.fails(err, book.Conflict)
			}
		}
		f.equal(won, 1)
		f.equal(f.rows(), 2)
	},

	"RotatedOnce": func(f *fixture) {
		f.ok(f.CreateRefreshToken(f.ctx, f.token("first")))
		won := 0
		for _, err := range f.inParallel(func(i int) error {
			return f.RotateRefreshToken(f.ctx, []byte("first"), f.token(fmt.Sprint("next", i)), 0)
		}) {
			if err == nil {
				won++
			} else {
				f.fails(err, book.Conflict)
			}
		}
		f.equal(won, 1)
	},

	"DroppedOnce": func(f *fixture) {
		due, err := f.Abandon(f.ctx, f.reserve(20), false)
		f.ok(err)
		dropped := make([]int, parallel)
		for _, err := range f.inParallel(func(i int) (err error) {
			dropped[i], err = f.Drop(f.ctx, due)
			return err
		}) {
			f.ok(err)
		}
		total := 0
		for _, n := range dropped {
			total += n
		}
		f.equal(total, 20)
	},

	// Each version of the document has the same word in its text and in all of its chunks.
	"ReadersSeeOneRevision": func(f *fixture) {
		seen := &idSet{}
		write := func(version int) {
			var texts []string
			for i := range 5 {
				texts = append(texts, fmt.Sprintf("v%d part%d", version, i))
			}
			w := f.draft("d", texts...)
			w.Document.Title = fmt.Sprintf("v%d", version)
			seen.add(written(w))
			f.commit(w)
		}
		write(0)
		stop := make(chan struct{})
		var readers sync.WaitGroup
		for range 3 {
			readers.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					if err := f.readOnce(seen); err != nil {
						f.Error(err)
						return
					}
				}
			})
		}
		for version := 1; version <= 40; version++ {
			write(version)
		}
		close(stop)
		readers.Wait()
	},
}

// readOnce reads the document in every way, and returns an error for a mixture.
func (f *fixture) readOnce(seen *idSet) error {
	doc, text, err := f.Text(f.ctx, "d", nobody)
	if err != nil {
		return err
	}
	if strings.Count(text, doc.Title+" ") != 5 {
		return fmt.Errorf("text %q of document %q", text, doc.Title)
	}
	chunks, err := f.ListChunks(f.ctx, "d", nobody, -1, 10)
	if err != nil {
		return err
	}
	for i, c := range chunks {
		if c.Text != fmt.Sprintf("%s part%d", strings.Fields(chunks[0].Text)[0], i) {
			return fmt.Errorf("chunk %d is %q, the first is %q", i, c.Text, chunks[0].Text)
		}
	}
	active, err := f.ActiveSpace(f.ctx)
	if err != nil {
		return err
	}
	resolved, err := f.Resolve(f.ctx, active, seen.all(), nobody)
	if err != nil {
		return err
	}
	revision := int64(0)
	for _, p := range resolved {
		if !strings.HasPrefix(p.Text, p.Title+" ") || revision != 0 && p.Revision != revision {
			return fmt.Errorf("passage %q of %q at %d, another at %d",
				p.Text, p.Title, p.Revision, revision)
		}
		revision = p.Revision
	}
	if len(chunks) != 5 || len(resolved) != 5 && len(resolved) != 0 {
		return fmt.Errorf("%d chunks, %d passages, want 5", len(chunks), len(resolved))
	}
	return nil
}

// idSet holds every vector id that was ever written.
type idSet struct {
	mu  sync.Mutex
	ids []uuid.UUID
}

func (s *idSet) add(ids []uuid.UUID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ids = append(s.ids, ids...)
}

func (s *idSet) all() []uuid.UUID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.ids)
}

// inParallel runs f for 0 to parallel-1 at once and returns the errors.
func (f *fixture) inParallel(run func(i int) error) []error {
	errs := make([]error, parallel)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range parallel {
		all.Go(func() {
			<-start
			errs[i] = run(i)
		})
	}
	close(start)
	all.Wait()
	return errs
}
