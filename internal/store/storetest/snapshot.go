package storetest

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

var snapshotCases = map[string]func(*fixture){
	"HoldsEverything": func(f *fixture) {
		want := f.fill()
		key := f.addKey(f.ann, "one")
		f.ok(f.Snapshot(f.ctx, func(s store.Snapshot) error {
			space, err := s.ActiveSpace(f.ctx)
			f.ok(err)
			f.equal(space.Space, firstSpace)
			users, err := s.ListUsers(f.ctx, "", 10)
			f.ok(err)
			f.equal(users, []book.User{f.ann, f.bob})
			keys, err := s.ListKeys(f.ctx, uuid.Nil, uuid.Nil, 10)
			f.ok(err)
			f.equal(keys, []book.APIKey{key})
			counts, err := s.Counts(f.ctx, f.space)
			f.ok(err)
			f.equal(counts, store.Counts{Documents: 3, Chunks: 4, Vectors: 4})
			f.equal(f.allOf(s), want)
			return nil
		}))
	},

	"ChunksOfAnotherSpaceHaveNoPoint": func(f *fixture) {
		f.put("d", "one")
		f.ok(f.Snapshot(f.ctx, func(s store.Snapshot) error {
			whole, err := s.NextDocument(f.ctx, 0, "another")
			f.ok(err)
			f.equal(whole.Chunks[0].VectorID, uuid.Nil)
			return nil
		}))
	},

	"Empty": func(f *fixture) {
		f.ok(f.Snapshot(f.ctx, func(s store.Snapshot) error {
			_, err := s.NextDocument(f.ctx, 0, f.space)
			f.fails(err, book.NotFound)
			_, err = s.NextConversation(f.ctx, uuid.Nil)
			f.fails(err, book.NotFound)
			return nil
		}))
	},

	"Conversations": func(f *fixture) {
		want := []store.WholeConversation{f.talk(f.bob), f.talk(f.ann)}
		empty := f.converse(f.ann, "empty")
		want = append(want, store.WholeConversation{Conversation: empty})
		f.ok(f.Snapshot(f.ctx, func(s store.Snapshot) error {
			f.beginTurn(want[0].Conversation, "meanwhile")
			f.ok(f.DeleteConversation(f.ctx, f.ann.ID, want[1].ID))
			after := uuid.Nil
			for _, w := range want {
				got, err := s.NextConversation(f.ctx, after)
				f.ok(err)
				f.same(got, w)
				after = got.ID
			}
			_, err := s.NextConversation(f.ctx, after)
			f.fails(err, book.NotFound)
			return nil
		}))
	},

	// Everything changes between the call of f and its first read, and again between its reads.
	"IsOneMoment": func(f *fixture) {
		want := f.fill()
		key := f.addKey(f.ann, "one")
		counts, err := f.Counts(f.ctx, f.space)
		f.ok(err)
		f.ok(f.Snapshot(f.ctx, func(s store.Snapshot) error {
			for _, name := range []string{"Cid", "Dan"} {
				f.changeAll(name)
				f.equal(f.allOf(s), want)
				users, err := s.ListUsers(f.ctx, "", 10)
				f.ok(err)
				f.equal(users, []book.User{f.ann, f.bob})
				keys, err := s.ListKeys(f.ctx, uuid.Nil, uuid.Nil, 10)
				f.ok(err)
				f.equal(keys, []book.APIKey{key})
				got, err := s.Counts(f.ctx, f.space)
				f.ok(err)
				f.equal(got, counts)
			}
			return nil
		}))
		_, err = f.Document(f.ctx, "b", everything)
		f.fails(err, book.NotFound)
	},

	"ReturnsTheErrorOfF": func(f *fixture) {
		mine := errors.New("mine")
		calls := 0
		err := f.Snapshot(f.ctx, func(store.Snapshot) error { calls++; return mine })
		if !errors.Is(err, mine) || calls != 1 {
			f.Errorf("%v after %d calls", err, calls)
		}
	},

	"EndsWithItsContext": func(f *fixture) {
		f.put("d", "one")
		ctx, cancel := context.WithCancel(f.ctx)
		err := f.Snapshot(ctx, func(s store.Snapshot) error {
			cancel()
			_, err := s.NextDocument(ctx, 0, f.space)
			return err
		})
		f.fails(err, book.Canceled)
	},

	"SeveralAtOnce": func(f *fixture) {
		want := f.fill()
		for _, err := range f.inParallel(func(int) error {
			return f.Snapshot(f.ctx, func(s store.Snapshot) error {
				f.equal(f.allOf(s), want)
				return nil
			})
		}) {
			f.ok(err)
		}
	},
}

// talk returns a conversation with all that one can hold.
func (f *fixture) talk(user book.User) store.WholeConversation {
	f.Helper()
	c := f.converse(user, "")
	t := f.beginTurn(c, "Q?")
	f.ok(f.FinishTurn(f.ctx, user.ID, answerOf(t)))
	_, err := f.GiveFeedback(f.ctx, user.ID, t.AnswerID, book.Feedback{Rating: -1, Comment: "no"})
	f.ok(err)
	f.beginTurn(c, "And?")
	c, err = f.Conversation(f.ctx, user.ID, c.ID)
	f.ok(err)
	return store.WholeConversation{Conversation: c, Messages: f.messages(c)}
}

// same checks that two conversations are equal in all.
func (f *fixture) same(got, want store.WholeConversation) {
	f.Helper()
	f.equal(got.Conversation, want.Conversation)
	f.equal(len(got.Messages), len(want.Messages))
	for i, m := range got.Messages {
		f.equal(m, want.Messages[i])
	}
	f.equal(got.SameAs(want), true)
}

// fill writes three documents, the oldest again at the end, and returns them by revision.
func (f *fixture) fill() []store.WholeDocument {
	f.Helper()
	f.put("a", "old")
	f.putPrivate("c", "three")
	f.put("b", "two")
	w := f.draft("a", "one", "more")
	w.Document.Metadata = map[string]any{"deep": map[string]any{"list": []any{1.5, "x"}}}
	w.Document.Source = "folder"
	w.Chunks[1].Anchors = []book.Anchor{{Start: 5, ID: "within"}}
	f.commit(w)
	f.settle()
	var all []store.WholeDocument
	for _, docID := range []string{"c", "b", "a"} {
		all = append(all, f.whole(docID))
	}
	return all
}

// whole reads a document by other methods than a snapshot's.
func (f *fixture) whole(docID string) store.WholeDocument {
	f.Helper()
	doc, text, err := f.Text(f.ctx, docID, everything)
	f.ok(err)
	base, err := f.Baseline(f.ctx, docID, f.space)
	f.ok(err)
	whole := store.WholeDocument{Document: doc, Fingerprint: base.Fingerprint, Text: text}
	chunks, err := f.ListChunks(f.ctx, docID, everything, -1, 1000)
	f.ok(err)
	points := f.points()
	for _, c := range chunks {
		whole.Chunks = append(whole.Chunks, store.PlacedChunk{Chunk: c, VectorID: points[c.ChunkID]})
	}
	return whole
}

// allOf reads all documents of a snapshot.
func (f *fixture) allOf(s store.Snapshot) []store.WholeDocument {
	f.Helper()
	var all []store.WholeDocument
	after := int64(0)
	for {
		whole, err := s.NextDocument(f.ctx, after, f.space)
		if book.CodeOf(err) == book.NotFound {
			return all
		}
		f.ok(err)
		all, after = append(all, whole), whole.Revision
	}
}

// changeAll writes, changes and deletes documents, and makes an account and a key.
func (f *fixture) changeAll(name string) {
	f.Helper()
	f.put("new "+name, "one")
	f.put("a", "changed by "+name)
	if _, err := f.DeleteDocument(f.ctx, "b", uuid.Nil); book.CodeOf(err) != book.NotFound {
		f.ok(err)
	}
	owner := f.addUser(name)
	_, err := f.UpdateDocument(f.ctx, "c", uuid.Nil, store.DocumentChange{OwnerID: &owner.ID})
	f.ok(err)
	f.addKey(owner, "key of "+name)
	f.change(f.ann, func(u *book.User) { u.Disabled = true })
}
