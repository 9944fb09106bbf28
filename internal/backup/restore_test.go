package backup

import (
	"context"
	"os"
	"testing"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/vector"
)

// TestNotEmpty: whatever else a book holds, it is refused, and stays as it is.
func TestNotEmpty(t *testing.T) {
	from := embedded(t, 32)
	from.fill()
	path, _ := from.backUp()
	for name, c := range map[string]struct {
		hold func(*place)
		word string
	}{
		"a document": {func(p *place) {
			p.put(ingest.Request{OwnerID: p.local.ID, DocID: "x", Text: page("x", 1)})
		}, "1 documents"},
		"an account":     {func(p *place) { p.user("eve", book.Reader) }, "1 accounts"},
		"a key":          {func(p *place) { p.key(p.local, "mine") }, "1 API keys"},
		"a conversation": {func(p *place) { p.converse(p.local) }, "1 conversations"},
		"a restored conversation that went on": {func(p *place) {
			p.mustRestore(path)
			list, err := p.store.ListConversations(p.Context(), p.local.ID, uuid.Nil, 1)
			p.ok(err)
			p.ok(p.store.BeginTurn(p.Context(), p.local.ID, store.Turn{
				ConversationID: list[0].ID, QuestionID: newID(), AnswerID: newID(), Question: "And?",
			}))
		}, "the conversation"},
		"a document of the same name": {func(p *place) {
			p.put(ingest.Request{OwnerID: p.local.ID, DocID: "old", Text: page("fox", 4)})
		}, `"old"`},
		"a document of the archive, at another time": {func(p *place) { p.put(ownPage(p)) }, `"deep/own"`},
		"a restored book that went on": {func(p *place) {
			p.mustRestore(path)
			p.put(ingest.Request{OwnerID: p.local.ID, DocID: "x", Text: page("x", 1)})
		}, "1 documents"},
		"a restored book with a change": {func(p *place) {
			p.mustRestore(path)
			public := book.Public
			_, err := p.ingest.Update(p.Context(), "deep/own", uuid.Nil,
				store.DocumentChange{Visibility: &public})
			p.ok(err)
		}, `"deep/own"`},
		"a restored book with a hole": {func(p *place) {
			p.mustRestore(path)
			p.ok(p.ingest.Delete(p.Context(), "signs", uuid.Nil))
		}, `"signs"`},
		"a restored account that changed": {func(p *place) {
			p.mustRestore(path)
			u, err := p.store.UserByLogin(p.Context(), "ann")
			p.ok(err)
			_, err = p.store.UpdateUser(p.Context(), u.ID, func(u *book.User) error {
				u.Role = book.Admin
				return nil
			})
			p.ok(err)
		}, `"ann"`},
		"a restored key that was revoked": {func(p *place) {
			p.mustRestore(path)
			k, _, err := p.store.KeyByHash(p.Context(), []byte("one"))
			p.ok(err)
			p.ok(p.store.RevokeKey(p.Context(), k.ID))
		}, "lk_one"},
	} {
		t.Run(name, func(t *testing.T) {
			p := embedded(t, 32)
			c.hold(p)
			before := p.contents()
			_, err := p.restore(path)
			refused(t, err, book.Conflict, c.word, "nothing was written")
			equal(t, p.contents(), before)
		})
	}
}

// TestDamagedWritesNothing: the whole archive is checked before the first row is written.
func TestDamagedWritesNothing(t *testing.T) {
	from, to := embedded(t, 32), embedded(t, 32)
	from.fill()
	path, _ := from.backUp()
	data, err := os.ReadFile(path)
	from.ok(err)
	write(t, path, data[:len(data)-1])
	before := to.contents()
	_, err = to.restore(path)
	refused(t, err, book.Invalid, path, "not complete")
	equal(t, to.contents(), before)
}

// TestRepeated: a restore that was done changes nothing when it is repeated, into the book that the
// archive came from either.
func TestRepeated(t *testing.T) {
	for name, open := range map[string]func(*testing.T, int) *place{
		"embedded": embedded, "full": full,
	} {
		t.Run(name, func(t *testing.T) {
			from, to := embedded(t, 32), open(t, 32)
			from.fill()
			want := from.contents()
			path, summary := from.backUp()
			to.mustRestore(path)
			for _, p := range []*place{to, from} {
				done := p.mustRestore(path)
				if done.AlreadyThere != summary.Documents || done.Reused+done.Embedded != 0 {
					t.Errorf("%+v", done)
				}
				equal(t, p.contents(), want)
				p.agree()
			}
		})
	}
}

// failingIndex refuses the n-th upsert.
type failingIndex struct {
	vector.Index
	left *int
}

func (x failingIndex) Upsert(ctx context.Context, spaceID string, points []vector.Point) error {
	if *x.left--; *x.left == 0 {
		return book.Errorf(book.Unavailable, "the index went away")
	}
	return x.Index.Upsert(ctx, spaceID, points)
}

// TestGoesOn: a restore that fails at any document goes on there when it is repeated.
func TestGoesOn(t *testing.T) {
	from := embedded(t, 32)
	from.fill()
	want := from.contents()
	path, summary := from.backUp()
	for n := 1; n <= summary.Documents; n++ {
		to := embedded(t, 32)
		left := n
		to.index = failingIndex{to.index, &left}
		to.rewire()
		_, err := to.restore(path)
		refused(t, err, book.Unavailable, "was not restored", "goes on where it stopped")
		done := to.mustRestore(path)
		if done.AlreadyThere != n-1 {
			t.Errorf("after %d documents: %+v", n-1, done)
		}
		equal(t, to.contents(), want)
		to.agree()
	}
}

// TestSomebodyElseWrites: a document that appears under the restore is not overwritten.
func TestSomebodyElseWrites(t *testing.T) {
	from, to := embedded(t, 32), embedded(t, 32)
	from.fill()
	path, _ := from.backUp()
	once := false
	target := Target{Store: to.store, Ingest: to.ingest, Local: to.local.ID}
	_, err := Restore(t.Context(), path, target, func(done, total int) {
		if done > total/2 && !once {
			once = true
			to.put(ingest.Request{OwnerID: to.local.ID, DocID: "old", Text: page("mine", 1)})
		}
	})
	refused(t, err, book.Conflict, `"old"`, "somebody else")
	d, err := to.store.Document(t.Context(), "old", book.View{All: true})
	if err != nil || d.OwnerID != to.local.ID {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestCanceled(t *testing.T) {
	from, to := embedded(t, 32), embedded(t, 32)
	from.fill()
	path, _ := from.backUp()
	ctx, cancel := context.WithCancel(t.Context())
	target := Target{Store: to.store, Ingest: to.ingest, Local: to.local.ID}
	_, err := Restore(ctx, path, target, func(done, total int) {
		if done == total-1 {
			cancel()
		}
	})
	refused(t, err, book.Canceled)
	to.mustRestore(path)
	equal(t, to.contents(), from.contents())
}

// TestRestoreOfADepartingAccount: an account whose deletion had begun comes back shut out, with its
// documents; nothing goes on with its deletion until somebody asks for it again.
func TestRestoreOfADepartingAccount(t *testing.T) {
	from, to := embedded(t, 32), full(t, 32)
	ann := from.user("ann", book.Editor)
	key := from.key(ann, "one")
	from.put(ingest.Request{OwnerID: ann.ID, DocID: "hers", Text: page("fox", 1)})
	from.ok(from.store.BeginDeparture(t.Context(), book.Departure{UserID: ann.ID}))
	path, _ := from.backUp()
	to.mustRestore(path)

	got, err := to.store.UserByID(t.Context(), ann.ID)
	to.ok(err)
	k, _, err := to.store.KeyByHash(t.Context(), key.Hash)
	to.ok(err)
	departures, err := to.store.ListDepartures(t.Context(), uuid.Nil, 10)
	to.ok(err)
	if !got.Disabled || got.TokenVersion == ann.TokenVersion || k.RevokedAt.IsZero() || len(departures) != 0 {
		t.Errorf("restored are %+v, %+v, %v", got, k, departures)
	}
	d, err := to.store.Document(t.Context(), "hers", book.View{All: true})
	to.ok(err)
	if d.OwnerID != ann.ID {
		t.Errorf("the document belongs to %v", d.OwnerID)
	}
	to.ok(to.store.BeginDeparture(t.Context(), book.Departure{UserID: ann.ID, HeirID: to.user("bob", book.Editor).ID}))
}
