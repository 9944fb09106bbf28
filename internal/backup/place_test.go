package backup

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/embed"
	"github.com/lectern-project/lectern/internal/embed/embedtest"
	"github.com/lectern-project/lectern/internal/ingest"
	"github.com/lectern-project/lectern/internal/lexical"
	"github.com/lectern-project/lectern/internal/reconcile"
	"github.com/lectern-project/lectern/internal/retrieve"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/postgres"
	"github.com/lectern-project/lectern/internal/store/postgres/pgtest"
	"github.com/lectern-project/lectern/internal/store/sqlite"
	"github.com/lectern-project/lectern/internal/vector"
	"github.com/lectern-project/lectern/internal/vector/exact"
	"github.com/lectern-project/lectern/internal/vector/qdrant"
	"github.com/lectern-project/lectern/internal/vector/qdrant/qdranttest"
)

// asChild runs instead of the tests where another test has started this process for it, and reports
// whether it did.
var asChild = func() bool { return false }

func TestMain(m *testing.M) {
	if !asChild() {
		pgtest.Main(m, postgres.Migrate)
	}
}

// place is an installation: two stores and what works over them.
type place struct {
	*testing.T
	store    store.Store
	index    vector.Index
	space    book.Space
	embedder *embedtest.Fake
	ingest   *ingest.Service
	retrieve *retrieve.Service
	local    book.User
}

// embedded is a place over SQLite and the exact index.
func embedded(t *testing.T, dimensions int) *place {
	t.Helper()
	return newPlace(t, openEmbedded(t.TempDir()), dimensions)
}

// full is a place over PostgreSQL and a stand-in for Qdrant.
func full(t *testing.T, dimensions int) *place {
	t.Helper()
	server := qdranttest.Start(t, qdranttest.Options{})
	return newPlace(t, openFull(pgtest.Migrated(t), server.Address()), dimensions)
}

// stores is a pair of open stores, or why there is none.
type stores struct {
	store store.Store
	index vector.Index
	err   error
}

func openEmbedded(dir string) stores {
	s, err := sqlite.Open(context.Background(), filepath.Join(dir, "lectern.db"))
	if err != nil {
		return stores{err: err}
	}
	index, err := exact.Open(filepath.Join(dir, "vectors.bolt"))
	return stores{s, index, err}
}

func openFull(databaseURL, address string) stores {
	s, err := postgres.Open(context.Background(), databaseURL)
	if err != nil {
		return stores{err: err}
	}
	index, err := qdrant.Open(qdrant.Config{URL: address, Alias: "test"})
	return stores{s, index, err}
}

func newPlace(t *testing.T, s stores, dimensions int) *place {
	t.Helper()
	if s.err != nil {
		t.Fatal(s.err)
	}
	t.Cleanup(func() { s.store.Close(); s.index.Close() })
	p := &place{T: t, store: s.store, index: s.index, embedder: embedtest.NewFake(dimensions)}
	p.ok(p.furnish(t.Context()))
	return p
}

// furnish makes what every installation has, and the services over the stores.
func (p *place) furnish(ctx context.Context) (err error) {
	if p.space, err = p.store.EnsureSpace(ctx, p.embedder.Space()); err != nil {
		return err
	}
	if err = p.index.Ensure(ctx, p.space); err != nil {
		return err
	}
	p.local, err = p.store.UserByLogin(ctx, book.LocalUsername)
	if book.CodeOf(err) == book.NotFound {
		p.local, err = p.store.CreateUser(ctx, book.User{
			ID: uuid.New(), Username: book.LocalUsername, Role: book.Admin,
		})
	}
	p.rewire()
	return err
}

// rewire makes the services over the stores.
func (p *place) rewire() {
	set := embed.NewSet(p.embedder)
	p.ingest = ingest.New(p.store, p.index, set)
	p.retrieve = retrieve.New(p.store, p.index, set)
}

func (p *place) ok(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

func (p *place) user(name string, role book.Role) book.User {
	p.Helper()
	u, err := p.store.CreateUser(p.Context(), book.User{
		ID: uuid.New(), Username: name, Email: name + "@example.org", Role: role,
		PasswordHash: "$argon2id$of-" + name,
	})
	p.ok(err)
	return u
}

func (p *place) key(u book.User, name string) book.APIKey {
	p.Helper()
	k, err := p.store.CreateKey(p.Context(), book.APIKey{
		ID: uuid.New(), UserID: u.ID, Prefix: "lk_" + name, Hash: []byte(name), Permission: u.Role.Permission(),
		ExpiresAt: time.Now().Add(time.Hour).Truncate(time.Microsecond).UTC(),
	})
	p.ok(err)
	return k
}

func (p *place) put(r ingest.Request) {
	p.Helper()
	_, err := p.ingest.Ingest(p.Context(), r)
	p.ok(err)
}

// page is a text with sections, enough for several chunks.
func page(name string, sections int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# The page %s\n\nIt is about %s.\n", name, name)
	for i := range sections {
		fmt.Fprintf(&b, "\n## Part %d of %s\n\n", i, name)
		for line := range 12 {
			fmt.Fprintf(&b, "Sentence %d of part %d says that %s walks, naïvely. ", line, i, name)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// ownPage is a private page of the built-in account.
func ownPage(p *place) ingest.Request {
	return ingest.Request{
		OwnerID: p.local.ID, DocID: "deep/own", Text: page("bear", 2), Source: "folder",
		Visibility: book.Private, URL: "https://example.org/bear", Chapter: "Animals",
		Metadata: map[string]any{"n": 1.5, "list": []any{"x", nil, true}, "<&>": "ü\u2028"},
	}
}

// fill writes accounts, keys and documents of every kind.
func (p *place) fill() {
	p.Helper()
	ctx := p.Context()
	ann, bob := p.user("ann", book.Editor), p.user("Bob", book.Reader)
	_, err := p.store.UpdateUser(ctx, bob.ID, func(u *book.User) error {
		u.Disabled, u.TokenVersion = true, 3
		return nil
	})
	p.ok(err)
	p.key(ann, "one")
	p.key(p.local, "two")
	p.ok(p.store.RevokeKey(ctx, p.key(ann, "three").ID))
	p.put(ingest.Request{OwnerID: ann.ID, DocID: "old", Text: page("fox", 3)})
	p.put(ingest.Request{OwnerID: p.local.ID, DocID: "gone", Text: page("owl", 1)})
	p.put(ownPage(p))
	p.put(ingest.Request{OwnerID: ann.ID, DocID: "signs", Text: "# \u2192\n\n* * *\n\n\u2192 \u2190 !"})
	p.put(ingest.Request{OwnerID: bob.ID, DocID: "bob", Text: page("cat", 1)})
	private := book.Private
	_, err = p.ingest.Update(ctx, "bob", uuid.Nil, store.DocumentChange{
		Visibility: &private, OwnerID: &ann.ID,
	})
	p.ok(err)
	p.put(ingest.Request{OwnerID: ann.ID, DocID: "old", Text: page("fox", 4)}) // the newest now
	p.ok(p.ingest.Delete(ctx, "gone", uuid.Nil))
	p.converse(ann)
	p.converse(p.local)
	_, err = p.store.CreateConversation(ctx, book.Conversation{ID: newID(), UserID: bob.ID})
	p.ok(err)
}

// converse makes a conversation with a rated answer and one that is not finished.
func (p *place) converse(user book.User) {
	p.Helper()
	ctx := p.Context()
	c, err := p.store.CreateConversation(ctx, book.Conversation{ID: newID(), UserID: user.ID})
	p.ok(err)
	answer := book.Message{
		Text: "The fox. [1]", Complete: true, Citations: []book.Citation{{Marker: 1, DocID: "old"}},
		Usage: book.Usage{InputTokens: 1, Cost: 0.1},
	}
	for range 2 {
		answer.ID = newID()
		p.ok(p.store.BeginTurn(ctx, user.ID, store.Turn{
			ConversationID: c.ID, QuestionID: newID(), AnswerID: answer.ID, Question: "Who?", Title: "T",
		}))
	}
	p.ok(p.store.FinishTurn(ctx, user.ID, answer))
	_, err = p.store.GiveFeedback(ctx, user.ID, answer.ID, book.Feedback{Rating: -1, Comment: "no"})
	p.ok(err)
}

func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

// contents is what two installations have in common that hold the same book.
type contents struct {
	Users         []book.User
	Keys          []book.APIKey
	Conversations []store.WholeConversation
	Documents     []store.WholeDocument
}

// contents reads everything but what a restore makes anew: vector ids and revisions, whose order is
// that of the documents. The built-in account has the nil id in it.
func (p *place) contents() (c contents) {
	p.Helper()
	ctx := p.Context()
	same := func(id uuid.UUID) uuid.UUID {
		if id == p.local.ID {
			return uuid.Nil
		}
		return id
	}
	p.ok(p.store.Snapshot(ctx, func(s store.Snapshot) error {
		users, err := s.ListUsers(ctx, "", 1000)
		p.ok(err)
		for _, u := range users {
			if u.ID != p.local.ID {
				c.Users = append(c.Users, u)
			}
		}
		c.Keys, err = s.ListKeys(ctx, uuid.Nil, uuid.Nil, 1000)
		p.ok(err)
		for i := range c.Keys {
			c.Keys[i].UserID = same(c.Keys[i].UserID)
		}
		for after := uuid.Nil; ; {
			conversation, err := s.NextConversation(ctx, after)
			if book.CodeOf(err) == book.NotFound {
				break
			}
			p.ok(err)
			after, conversation.UserID = conversation.ID, same(conversation.UserID)
			c.Conversations = append(c.Conversations, conversation)
		}
		for after := int64(0); ; {
			d, err := s.NextDocument(ctx, after, p.space.ID())
			if book.CodeOf(err) == book.NotFound {
				return nil
			}
			p.ok(err)
			after, d.Revision, d.OwnerID = d.Revision, int64(len(c.Documents)), same(d.OwnerID)
			for i := range d.Chunks {
				if d.Chunks[i].VectorID == uuid.Nil {
					p.Errorf("a chunk of %q has no point", d.DocID)
				}
				d.Chunks[i].VectorID = uuid.Nil
			}
			c.Documents = append(c.Documents, d)
		}
	}))
	return c
}

// found is which chunks searches find, in order, for several readers, with the index and without.
func (p *place) found() (found []string) {
	p.Helper()
	users, err := p.store.ListUsers(p.Context(), "", 1000)
	p.ok(err)
	for _, u := range append(users, book.User{Username: "nobody"}) {
		for _, question := range []string{
			"Which page says that the fox walks?", "bear", "the part of the cat", "naïvely walking owl",
		} {
			result, err := p.retrieve.Search(p.Context(), retrieve.Request{
				Question: question, TopK: 20, View: book.View{UserID: u.ID},
			})
			p.ok(err)
			if len(result.Degraded) > 0 {
				p.Errorf("degraded: %v", result.Degraded)
			}
			for _, passage := range result.Passages {
				found = append(found, fmt.Sprintf("%s: %s: %s %d-%d", u.Username, question,
					passage.DocID, passage.CharStart, passage.CharEnd))
			}
		}
	}
	var terms []uint32
	for _, term := range lexical.Terms("fox bear cat part walks") {
		terms = append(terms, lexical.Hash(term.Stem))
	}
	passages, err := p.store.SearchTerms(p.Context(), terms, book.View{All: true}, nil, 100)
	p.ok(err)
	var byWords []string
	for _, passage := range passages {
		byWords = append(byWords, fmt.Sprint("by words: ", passage.DocID, passage.ChunkIndex))
	}
	slices.Sort(byWords) // SQLite and PostgreSQL weigh words differently that half of a book has
	found = append(found, byWords...)
	frequencies, chunks, err := p.store.TermFrequencies(p.Context(), terms)
	p.ok(err)
	return append(found, fmt.Sprint(frequencies, " in ", chunks))
}

// agree checks that the stores agree, and that nothing is left on the ledger.
func (p *place) agree() {
	p.Helper()
	report, err := reconcile.New(p.store, p.index, p.ingest).Audit(p.Context(), 0)
	p.ok(err)
	if !report.Clean() || report.Ledger != 0 || report.Vectors != report.Chunks {
		p.Errorf("the stores contradict each other: %+v", report)
	}
}

// backUp saves an archive and returns its path.
func (p *place) backUp() (string, Summary) {
	p.Helper()
	path := filepath.Join(p.TempDir(), "archive")
	summary, _, err := Save(p.Context(), path, p.archive, noProgress)
	p.ok(err)
	return path, summary
}

func noProgress(int, int) {}

func (p *place) restore(path string) (Restored, error) {
	p.Helper()
	target := Target{Store: p.store, Ingest: p.ingest, Local: p.local.ID}
	return Restore(p.Context(), path, target, noProgress)
}

func (p *place) mustRestore(path string) Restored {
	p.Helper()
	done, err := p.restore(path)
	p.ok(err)
	return done
}

func equal(t *testing.T, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func refused(t *testing.T, err error, code book.Code, words ...string) {
	t.Helper()
	if book.CodeOf(err) != code {
		t.Fatalf("%v, want %s", err, code)
	}
	for _, word := range words {
		if !strings.Contains(book.MessageOf(err), word) {
			t.Errorf("message %q, want %q in it", book.MessageOf(err), word)
		}
	}
}

func background(p *place) context.Context { return context.WithoutCancel(p.Context()) }
